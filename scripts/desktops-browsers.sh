# shellcheck shell=bash
# desktops-browsers.sh: to be sourced by desktops-run, after desktops-parts.sh: browsers, and who draws for them.
: "${out:?}" "${results:?}" "${desktop=}" "${session=}"

# Firefox as large as the screen, which a page fills, and what its about:support says (guest/firefox.js).
firefox() { # NAME [PREFERENCE ...]
	local profile=/home/owner/firefox preference
	rm -rf $profile /tmp/firefox.json
	install -d -o owner $profile
	cp "$out/clean/cells.html" /tmp
	for preference in "${@:2}"; do echo "user_pref(\"$preference\", true);"; done >$profile/user.js
	start "$1" firefox-esr --no-remote --profile $profile --kiosk file:///tmp/cells.html
	within 120 test -s /tmp/firefox.json && within 60 screens_agree /tmp/cells.png "$desktop-$1"
}
support_says() { has "$1" /tmp/firefox.json; } # REGULAR EXPRESSION
browsers() {
	sdl-picture /tmp/cells.png 1366 768
	printf 'pref("general.config.%s", %s);\n' filename '"firefox.cfg"' obscure_value 0 sandbox_enabled false >/usr/lib/firefox-esr/defaults/pref/firefox-cfg.js
	cp "$out/clean/firefox.js" /usr/lib/firefox-esr/firefox.cfg
	check "$desktop: Firefox shows a page" firefox firefox
	cp /tmp/firefox.json "$results/$desktop-firefox.json" || true
	end firefox-esr
	check "$desktop: Firefox, told to use a GPU" firefox firefox-gpu gfx.webrender.all webgl.force-enabled widget.dmabuf.force-enabled
	cp /tmp/firefox.json "$results/$desktop-firefox-gpu.json" || true
	check "$desktop: does" support_says '"windowLayerManagerType":"WebRender"'
	check "$desktop: the other one" support_says '"webgl1Renderer":"[^"]*llvmpipe'
	check "$desktop: by prime-run's Mesa" has_mapped /usr/lib/firefox-esr/firefox-esr libgallium -o
	end firefox-esr
}
