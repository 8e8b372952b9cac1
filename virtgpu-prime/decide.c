// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <drm/virtgpu_drm.h>

#include "prime.h"

bool prime_is_stand_in(const char *driver)
{
	return !strcmp(driver, "vgem") || !strcmp(driver, "vkms");
}

bool prime_is_foreign(const char *driver)
{
	return !strcmp(driver, "nvidia") || !strcmp(driver, "nvidia-drm");
}

/* Whether Mesa's number of a GPU counts this one. */
static bool is_counted(const struct prime_facts *facts, int gpu)
{
	return gpu != facts->display && facts->gpus[gpu].render[0] &&
	       !facts->gpus[gpu].no_3d;
}

void prime_dri_prime(const struct prime_facts *facts, char *value, size_t size)
{
	const struct prime_gpu *other = &facts->gpus[facts->other];
	unsigned int domain, bus, device, function;
	int number = 1;

	if (other->pci &&
	    sscanf(other->bus, "%x:%x:%x.%x", &domain, &bus, &device, &function) == 4) {
		snprintf(value, size, "pci-%04x_%02x_%02x_%1u", domain, bus, device,
			 function);
		return;
	}
	for (int i = 0; i < facts->num_gpus; i++)
		number += is_counted(facts, i) && facts->gpus[i].order < other->order;
	snprintf(value, size, "%d", number);
}

const char *prime_path_name(enum prime_path path)
{
	static const char *const names[] = {
		[PRIME_NONE] = "none",
		[PRIME_TRANSFER] = "transfer",
		[PRIME_ZERO_COPY_DISPLAY] = "zero-copy (display)",
		[PRIME_ZERO_COPY] = "zero-copy",
	};

	return names[path];
}

/* A list that is full says enough. */
static void add(const char **list, const char *text)
{
	for (int i = 0; i < PRIME_MAX_REASONS; i++)
		if (!list[i]) {
			list[i] = text;
			return;
		}
}

static bool has(const struct prime_facts *facts, int param)
{
	return facts->params[param] > 0;
}

static bool driver_knows(const struct prime_facts *facts, int param)
{
	return facts->params[param] != PRIME_UNKNOWN;
}

static enum prime_path possible_path(const struct prime_facts *facts)
{
	if (!has(facts, VIRTGPU_PARAM_3D_FEATURES))
		return has(facts, VIRTGPU_PARAM_RESOURCE_BLOB) ? PRIME_ZERO_COPY_DISPLAY
							       : PRIME_NONE;
	if (has(facts, VIRTGPU_PARAM_RESOURCE_BLOB)) {
		if (has(facts, VIRTGPU_PARAM_CREATE_GUEST_HANDLE))
			return PRIME_ZERO_COPY;
		if (has(facts, VIRTGPU_PARAM_SCANOUT_GUEST_BLOB))
			return PRIME_ZERO_COPY_DISPLAY;
	}
	return has(facts, VIRTGPU_PARAM_TRANSFER_STRIDE) ? PRIME_TRANSFER : PRIME_NONE;
}

static void explain_transfer(const struct prime_facts *facts, struct prime_verdict *v)
{
	add(v->why, "virtio-gpu allocates the frame with the row pitch that other GPUs "
		    "want, and the host copies it once per frame: the driver takes "
		    "strides in transfers, and no host has to be changed for this");
	if (!driver_knows(facts, VIRTGPU_PARAM_CREATE_GUEST_HANDLE)) {
		add(v->why, "no zero-copy: this driver can not import another GPU's "
			    "buffers while it has 3D");
		return;
	}
	add(v->why, "no zero-copy: the host does not offer to use or to display the "
		    "guest's pages");
	add(v->change, "optional, to save the copy: run the VM on a QEMU with this "
		       "project's patches, and start it with blob=on");
}

static void explain_zero_copy(const struct prime_facts *facts, struct prime_verdict *v)
{
	if (v->possible == PRIME_ZERO_COPY) {
		add(v->why, "the host makes handles of the guest's pages, so it composes "
			    "and displays the other GPU's frames where they are");
		return;
	}
	add(v->why, "the host displays the other GPU's frames where they are, full "
		    "screen or composed by that GPU");
	if (!has(facts, VIRTGPU_PARAM_3D_FEATURES))
		add(v->why, "virtio-gpu has no 3D here: whatever draws without the other "
			    "GPU draws on the processor");
	else if (has(facts, VIRTGPU_PARAM_TRANSFER_STRIDE))
		add(v->why, "a desktop that composes with virtio-gpu's 3D has frames "
			    "copied once (the transfer path)");
	else
		add(v->why, "a desktop that composes with virtio-gpu's 3D can not use "
			    "them: the driver takes no strides in transfers");
}

/* It is not the package's. */
static void explain_old_driver(const struct prime_facts *facts, struct prime_verdict *v)
{
	if (!facts->installed && facts->packaged) {
		add(v->why, "the package virtgpu-prime-dkms is installed, and has no "
			    "driver for this kernel: its headers were missing when it "
			    "came, or it is none of those that the package knows");
		add(v->change,
		    "as root, install the headers of this kernel (Debian: apt "
		    "install linux-headers-$(uname -r)), which builds it, then "
		    "reboot; linux-headers-amd64 does so for later kernels. If "
		    "it is not built: dkms status virtgpu-prime");
		return;
	}
	if (!facts->installed) {
		add(v->change, "install the patched driver, the package "
			       "virtgpu-prime-dkms, and reboot");
		return;
	}
	if (!facts->signed_only) {
		add(v->why, "the patched driver is installed, and is not the one that "
			    "was loaded");
		add(v->change, "reboot; if that was done: update-initramfs -u, reboot");
		return;
	}
	add(v->why, "the patched driver is installed, and this kernel (Secure Boot) "
		    "refuses modules whose key is not enrolled: it has loaded its own");
	add(v->change, "as root: mokutil --import /var/lib/dkms/mok.pub, reboot, choose "
		       "Enroll MOK on the screen within ten seconds; if that was done: "
		       "update-initramfs -u, reboot");
}

static void explain_none(const struct prime_facts *facts, struct prime_verdict *v)
{
	bool old_driver = !driver_knows(facts, VIRTGPU_PARAM_TRANSFER_STRIDE);

	if (!has(facts, VIRTGPU_PARAM_3D_FEATURES)) {
		add(v->why, "the host offers virtio-gpu without 3D, which has neither "
			    "transfers with a stride nor, without blob resources, "
			    "imports");
		add(v->change, "give the VM -device virtio-vga-gl instead of its "
			       "virtio-gpu-pci or virtio-vga, with -display sdl,gl=on, "
			       "gtk,gl=on or egl-headless");
	}
	if (old_driver) {
		add(v->why, "the virtio-gpu driver of this kernel refuses the row pitch "
			    "that other GPUs want (a multiple of 256 bytes), and does "
			    "not wait for them to finish a frame");
		explain_old_driver(facts, v);
	}
	add(v->why, "Mesa falls back to drawing on the processor (llvmpipe), without a "
		    "message");
}

static void explain_path(const struct prime_facts *facts, struct prime_verdict *v)
{
	switch (v->possible) {
	case PRIME_NONE:
		explain_none(facts, v);
		break;
	case PRIME_TRANSFER:
		explain_transfer(facts, v);
		break;
	case PRIME_ZERO_COPY_DISPLAY:
	case PRIME_ZERO_COPY:
		explain_zero_copy(facts, v);
		break;
	}
}

static void no_device(const struct prime_facts *facts, struct prime_verdict *v)
{
	v->status = PRIME_NO_DEVICE;
	if (facts->unbound) {
		add(v->why, "this machine has a virtio-gpu, but no driver has taken it");
		add(v->change, "modprobe virtio-gpu, and see dmesg if that does not "
			       "help");
		return;
	}
	add(v->why, "this machine has no virtio-gpu: nothing here needs this tool, "
		    "unless it was to have one");
	add(v->change, "give the VM -device virtio-vga-gl in the place of the VGA that "
		       "it has (QEMU's -vga, libvirt's <video>)");
}

static void no_access(int error, struct prime_verdict *v)
{
	v->status = PRIME_NO_ACCESS;
	if (error != EACCES && error != EPERM) {
		add(v->why, "a GPU is there, but its render node can not be opened");
		add(v->change, "see whether /dev/dri is complete: in a container, pass "
			       "it on");
		return;
	}
	add(v->why, "a GPU is there, but you may not open its render node");
	add(v->change, "add the user to the group of the node (ls -l /dev/dri; render "
		       "on Debian) and log in again, or log in at the seat of the "
		       "screen");
}

/* A GPU is there, but is no DRM device. */
static void idle(const struct prime_facts *facts, struct prime_verdict *v)
{
	if (!facts->idle_driver[0]) {
		add(v->why, "a GPU is on the PCI bus, but no driver has taken it");
		add(v->change,
		    "see dmesg for the driver of that GPU: its firmware may be "
		    "missing (firmware-amd-graphics, firmware-nvidia-graphics, "
		    "firmware-intel-graphics)");
	} else if (prime_is_foreign(facts->idle_driver)) {
		add(v->why, "a GPU is on the PCI bus, and has NVIDIA's own driver, which "
			    "makes no render node: no Mesa can draw with it");
		add(v->change, "remove NVIDIA's driver, for nouveau to take the GPU");
	} else if (!strcmp(facts->idle_driver, "vfio-pci")) {
		add(v->why, "a GPU is on the PCI bus, and kept for another guest "
			    "(vfio-pci)");
	} else {
		add(v->why, "a GPU is on the PCI bus, and has a driver that makes no "
			    "render node");
	}
}

/* Kernel and host may be ready: it is the GL that does not get there. */
static void foreign(struct prime_verdict *v)
{
	v->status = PRIME_NO_MESA;
	v->path = PRIME_NONE;
	add(v->why, "the other GPU has NVIDIA's own driver, which brings a GL of its own "
		    "and is none of Mesa's: it does not draw into virtio-gpu's buffers, "
		    "so nothing that it renders gets to this screen");
	add(v->why, "what needs no screen works with it: CUDA, NVENC, a server without a "
		    "display");
	add(v->change,
	    "to render for this screen, remove NVIDIA's driver, for nouveau to "
	    "take the GPU");
}

static void no_other(const struct prime_facts *facts, struct prime_verdict *v)
{
	v->status = PRIME_NO_OTHER;
	if (facts->idle[0]) {
		idle(facts, v);
		return;
	}
	add(v->why, "there is no other GPU with a render node: nothing to offload to");
	add(v->change, "pass a GPU through to the VM, and install its driver; or, to try "
		       "things out, modprobe vgem");
}

/* What emulates a card beside virtio-gpu: a desktop takes it if it is the first. */
static bool is_emulated(const char *driver)
{
	static const char *const names[] = {"bochs-drm", "cirrus", "cirrus-qemu",
					    "qxl",	 "vmwgfx", "simple-framebuffer"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(driver, names[i]))
			return true;
	return false;
}

static void see_other_screens(const struct prime_facts *facts, struct prime_verdict *v)
{
	for (int i = 0; i < facts->num_gpus; i++) {
		if (!is_emulated(facts->gpus[i].driver) || !facts->gpus[i].screens)
			continue;
		add(v->why, "another emulated card has a screen, too: the desktop may be "
			    "there, drawn by the processor, and not on virtio-gpu");
		add(v->change, "give the VM -device virtio-vga-gl, and no other VGA "
			       "(QEMU's -vga, libvirt's <video>)");
		return;
	}
}

void prime_decide(const struct prime_facts *facts, struct prime_verdict *v)
{
	memset(v, 0, sizeof(*v));
	if (facts->display < 0) {
		no_device(facts, v);
		return;
	}
	if (facts->gpus[facts->display].error) {
		no_access(facts->gpus[facts->display].error, v);
		return;
	}
	v->possible = possible_path(facts);
	if (facts->other < 0) {
		no_other(facts, v);
		explain_path(facts, v);
		return;
	}
	if (facts->gpus[facts->other].error) {
		no_access(facts->gpus[facts->other].error, v);
		return;
	}
	v->path = v->possible;
	v->status = v->path != PRIME_NONE		    ? PRIME_WORKS
		    : has(facts, VIRTGPU_PARAM_3D_FEATURES) ? PRIME_NO_KERNEL
							    : PRIME_NO_HOST;
	explain_path(facts, v);
	see_other_screens(facts, v);
	if (facts->first >= 0 && facts->first != facts->other)
		add(v->why,
		    "DRI_PRIME=1 is another GPU, which Mesa finds first: prime-run "
		    "takes the one that renders here, by virtgpu-prime gpu");
	if (v->status == PRIME_WORKS &&
	    prime_is_foreign(facts->gpus[facts->other].driver))
		foreign(v);
	if (prime_is_stand_in(facts->gpus[facts->other].driver))
		add(v->why, "the other GPU is a stand-in without hardware: this shows "
			    "that buffers and fences work, nothing is drawn faster");
}

/* How good a GPU is to render with. */
static int merit(const struct prime_gpu *gpu)
{
	if (prime_is_stand_in(gpu->driver))
		return 1;
	return prime_is_foreign(gpu->driver) ? 2 : 3;
}

static bool is_virtio(const struct prime_gpu *gpu)
{
	return !strcmp(gpu->driver, "virtio_gpu");
}

/* The first that has a screen and 3D; else one with a screen, else one with 3D, else the
 * first. */
static int choose_display(const struct prime_facts *facts)
{
	int best = -1, best_rank = -1;

	for (int i = 0; i < facts->num_gpus; i++) {
		const struct prime_gpu *gpu = &facts->gpus[i];
		int rank = 2 * !!gpu->screens + !gpu->no_3d;

		if (!is_virtio(gpu) || rank <= best_rank)
			continue;
		best = i;
		best_rank = rank;
	}
	return best;
}

void prime_choose(struct prime_facts *facts)
{
	facts->other = facts->first = -1;
	facts->display = choose_display(facts);
	for (int i = 0; i < facts->num_gpus; i++) {
		const struct prime_gpu *gpu = &facts->gpus[i];

		if (!is_counted(facts, i))
			continue;
		if (facts->first < 0 || gpu->order < facts->gpus[facts->first].order)
			facts->first = i;
		if (!is_virtio(gpu) &&
		    (facts->other < 0 || merit(gpu) > merit(&facts->gpus[facts->other])))
			facts->other = i;
	}
}
