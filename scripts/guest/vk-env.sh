# shellcheck shell=bash
# vk-env.sh: to be sourced in the guest, after modprobe vgem is possible: the environment in
# which Vulkan programs render on vgem, with lavapipe, and show on virtio-gpu. Nothing else
# of our Mesa is used: a driver and its manifest are all that is installed.
export debian_driver=/usr/share/vulkan/icd.d/lvp_icd.json
vgem_node() {
	local node
	for node in /sys/class/drm/renderD*; do
		[[ $(readlink "$node/device") != *vgem* ]] || echo "/dev/dri/${node##*/}"
	done
}
vulkan() { # command ...: on the other GPU
	VK_DRIVER_FILES=${VK_DRIVER_FILES:-/prime/out/mesa/share/vulkan/icd.d/lvp_icd.x86_64.json} \
		LVP_DRM_NODE=$(vgem_node) NODEVICE_SELECT=1 "${BASH_SOURCE[0]%/*}/patient" "${VULKAN_TIMEOUT:-900}" "$@"
}
zink() { # command ...: GL by Vulkan, all of it our Mesa's; DRI_PRIME names the GPU, as for other drivers
	LD_LIBRARY_PATH=/prime/out/mesa/lib:/prime/out/libdrm/lib MESA_LOADER_DRIVER_OVERRIDE=zink DRI_PRIME=1 vulkan "$@"
}
