// Firefox's own configuration in check-desktops (its first line is never read): what about:support says of graphics goes to
// /tmp/firefox.json, nothing is asked or fetched, and colours are what the page says.
for (const name of ["browser.shell.checkDefaultBrowser", "browser.aboutwelcome.enabled", "browser.preonboarding.enabled",
	"datareporting.policy.dataSubmissionEnabled", "browser.sessionstore.resume_from_crash", "app.normandy.enabled",
	"network.captive-portal-service.enabled", "network.connectivity-service.enabled", "webgl.sanitize-unmasked-renderer",
	"extensions.getAddons.cache.enabled", "browser.safebrowsing.malware.enabled", "browser.safebrowsing.phishing.enabled"])
	defaultPref(name, false);
defaultPref("devtools.console.stdout.content", true);
defaultPref("gfx.color_management.mode", 0);
defaultPref("layout.css.devPixelsPerPx", "1.0");
defaultPref("browser.tabs.inTitlebar", 0);
defaultPref("browser.startup.homepage_override.mstone", "ignore");

const { Troubleshoot } = ChromeUtils.importESModule("resource://gre/modules/Troubleshoot.sys.mjs");
const { setTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
const { IOUtils } = Cu.getGlobalForObject(Services);

Services.obs.addObserver(window => {
	// Without a window manager nobody makes it as large as the screen, and the bars stay.
	if (!window.fullScreen) {
		window.document.getElementById("navigator-toolbox").style.display = "none";
		window.moveTo(0, 0);
		window.resizeTo(window.screen.width, window.screen.height);
	}
	setTimeout(async () => {
		const { graphics } = await Troubleshoot.snapshot();

		await IOUtils.writeUTF8("/tmp/firefox.json", JSON.stringify(graphics), { tmpPath: "/tmp/firefox.json.tmp" });
	}, 5000);
}, "browser-delayed-startup-finished");
