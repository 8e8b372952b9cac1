# shellcheck shell=bash
# prime-env.sh: to be sourced in the guest, before prime: the environment in which
# programs render on vgem, with llvmpipe, and show on virtio-gpu. MESA=debian: with
# Debian's Mesa and our libdrm, which knows vgem.
libraries=/prime/out/libdrm/lib
[ "${MESA:-ours}" = debian ] || libraries=${PRIME_MESA:-/prime/out/mesa}/lib:$libraries
mkdir -p /tmp/drirc.d
cat >/tmp/drirc.d/vgem.conf <<-END
	<driconf><device driver="loader" kernel_driver="vgem"><application name="all">
	<option name="dri_driver" value="kms_swrast"/></application></device></driconf>
END
prime() { # command ...: on the other GPU
	DRI_PRIME=1 DRIRC_CONFIGDIR=/tmp/drirc.d LD_LIBRARY_PATH=$libraries LIBGL_DEBUG=verbose \
		"${BASH_SOURCE[0]%/*}/patient" "${PRIME_TIMEOUT:-900}" "$@"
}
