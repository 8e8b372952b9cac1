// SPDX-License-Identifier: MIT
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <drm/virtgpu_drm.h>
#include <xf86drm.h>

#include "prime.h"

#define CLASS "/sys/class/drm"
#define VIRTIO_ID_GPU "0x0010"
#define SECURE_BOOT \
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* Cuts what is too long: none of these strings is of use then. */
static void copy(char *to, size_t size, const char *from)
{
	size_t length = strnlen(from, size - 1);

	memmove(to, from, length);
	to[length] = 0;
}

/* The last part of what a link points to. */
static bool link_name(char *name, size_t size, const char *path)
{
	char target[PATH_MAX];
	ssize_t length = readlink(path, target, sizeof(target) - 1);
	const char *slash;

	if (length < 0)
		return false;
	target[length] = 0;
	slash = strrchr(target, '/');
	copy(name, size, slash ? slash + 1 : target);
	return true;
}

static bool read_line(char *line, size_t size, const char *path)
{
	FILE *file = fopen(path, "re");
	bool read = file && fgets(line, (int)size, file);

	if (file)
		fclose(file);
	if (read)
		line[strcspn(line, "\n")] = 0;
	return read;
}

/*
 * The name that the DRM driver has, without opening anything: that of the
 * driver of the device, except that virtio's is the transport's and that on the
 * faux bus there is only one.
 */
static void find_driver(struct prime_gpu *gpu, const char *node)
{
	char path[PATH_MAX], name[64] = "", subsystem[64] = "";

	snprintf(path, sizeof(path), CLASS "/%s/device", node);
	if (!link_name(gpu->bus, sizeof(gpu->bus), path))
		copy(gpu->bus, sizeof(gpu->bus), "?");
	snprintf(path, sizeof(path), CLASS "/%s/device/driver", node);
	link_name(name, sizeof(name), path);
	snprintf(path, sizeof(path), CLASS "/%s/device/subsystem", node);
	link_name(subsystem, sizeof(subsystem), path);
	gpu->pci = !strcmp(subsystem, "pci");
	if (!strncmp(name, "virtio", 6))
		copy(gpu->driver, sizeof(gpu->driver), "virtio_gpu");
	else if (!name[0] || !strcmp(subsystem, "faux"))
		copy(gpu->driver, sizeof(gpu->driver), gpu->bus);
	else
		copy(gpu->driver, sizeof(gpu->driver), name);
}

static bool is_node(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	if (strncmp(name, prefix, length) || !name[length])
		return false;
	for (name += length; *name; name++)
		if (!isdigit((unsigned char)*name))
			return false;
	return true;
}

/* card0 and renderD128 are one GPU if they have one device. */
static void find_render(struct prime_gpu *gpu, const char *node)
{
	char path[PATH_MAX];
	DIR *dir;
	struct dirent *entry;

	snprintf(path, sizeof(path), CLASS "/%s/device/drm", node);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (is_node(entry->d_name, "renderD"))
			snprintf(gpu->render, sizeof(gpu->render), "/dev/dri/%.40s",
				 entry->d_name);
	if (dir)
		closedir(dir);
	if (gpu->render[0] && access(gpu->render, R_OK | W_OK))
		gpu->error = errno;
}

/* Connectors are directories of the card: card0-Virtual-1. */
static int count_screens(const char *node)
{
	char path[PATH_MAX], status[32];
	DIR *dir;
	struct dirent *entry;
	size_t length = strlen(node);
	int count = 0;

	snprintf(path, sizeof(path), CLASS "/%s", node);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, node, length) || entry->d_name[length] != '-')
			continue;
		snprintf(path, sizeof(path), CLASS "/%s/%s/status", node, entry->d_name);
		count += read_line(status, sizeof(status), path) &&
			 !strcmp(status, "connected");
	}
	if (dir)
		closedir(dir);
	return count;
}

/* Feature 0 of virtio-gpu is 3D. Its DRM device is the transport's. */
static bool has_no_3d(const char *node)
{
	char path[PATH_MAX], features[80];
	DIR *dir;
	struct dirent *entry;
	bool none = false;

	snprintf(path, sizeof(path), CLASS "/%s/device", node);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (!is_node(entry->d_name, "virtio"))
			continue;
		snprintf(path, sizeof(path), CLASS "/%s/device/%s/features", node,
			 entry->d_name);
		none = read_line(features, sizeof(features), path) && features[0] == '0';
	}
	if (dir)
		closedir(dir);
	return none;
}

/* What is asleep answers after it was woken, which takes its time. */
static bool is_suspended(const char *node)
{
	char path[PATH_MAX], status[32];

	snprintf(path, sizeof(path), CLASS "/%s/device/power/runtime_status", node);
	return read_line(status, sizeof(status), path) && !strcmp(status, "suspended");
}

static void add_gpu(struct prime_facts *facts, const char *node)
{
	struct prime_gpu *gpu = &facts->gpus[facts->num_gpus];

	if (facts->num_gpus == PRIME_MAX_GPUS)
		return;
	facts->num_gpus++;
	snprintf(gpu->card, sizeof(gpu->card), "/dev/dri/%.40s", node);
	find_driver(gpu, node);
	find_render(gpu, node);
	gpu->screens = count_screens(node);
	gpu->suspended = is_suspended(node);
	gpu->no_3d = has_no_3d(node);
}

/* libdrm lists devices as it comes across their nodes, in no order of its own. */
static void find_order(struct prime_facts *facts)
{
	struct dirent *entry;
	DIR *dir = opendir("/dev/dri");

	for (int i = 0; i < facts->num_gpus; i++)
		facts->gpus[i].order = INT_MAX;
	for (int order = 0; dir && (entry = readdir(dir)); order++)
		for (int i = 0; i < facts->num_gpus; i++) {
			struct prime_gpu *gpu = &facts->gpus[i];

			if (gpu->order == INT_MAX &&
			    (!strcmp(entry->d_name, gpu->card + strlen("/dev/dri/")) ||
			     (gpu->render[0] &&
			      !strcmp(entry->d_name, gpu->render + strlen("/dev/dri/")))))
				gpu->order = order;
		}
	if (dir)
		closedir(dir);
}

static int is_card(const struct dirent *entry)
{
	return is_node(entry->d_name, "card");
}

static void find_gpus(struct prime_facts *facts)
{
	struct dirent **cards;
	int count = scandir(CLASS, &cards, is_card, versionsort);

	for (int i = 0; i < count; i++) {
		add_gpu(facts, cards[i]->d_name);
		free(cards[i]);
	}
	if (count >= 0)
		free(cards);
}

/* Whether the virtio bus has a GPU that no driver has made a card of. */
static bool find_unbound(void)
{
	static const char bus[] = "/sys/bus/virtio/devices";
	char path[PATH_MAX], id[32];
	struct dirent *entry;
	DIR *dir = opendir(bus);
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s/device", bus, entry->d_name);
		found = read_line(id, sizeof(id), path) && !strcmp(id, VIRTIO_ID_GPU);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* A GPU on the PCI bus, of a class that draws, that is no DRM device. */
static bool is_idle(const char *device, const char *class)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/drm", device);
	return !strncmp(class, "0x03", 4) && access(path, F_OK);
}

static void find_idle(struct prime_facts *facts)
{
	static const char bus[] = "/sys/bus/pci/devices";
	char device[PATH_MAX], path[PATH_MAX + 16], class[32];
	struct dirent *entry;
	DIR *dir = opendir(bus);

	while (dir && !facts->idle[0] && (entry = readdir(dir))) {
		snprintf(device, sizeof(device), "%s/%s", bus, entry->d_name);
		snprintf(path, sizeof(path), "%s/class", device);
		if (entry->d_name[0] == '.' || !read_line(class, sizeof(class), path) ||
		    !is_idle(device, class))
			continue;
		copy(facts->idle, sizeof(facts->idle), entry->d_name);
		snprintf(path, sizeof(path), "%s/driver", device);
		link_name(facts->idle_driver, sizeof(facts->idle_driver), path);
	}
	if (dir)
		closedir(dir);
}

/* Whether a directory has something whose name begins so. */
static bool has_entry(const char *path, const char *prefix)
{
	DIR *dir = opendir(path);
	bool found = false;

	for (struct dirent *entry; dir && !found && (entry = readdir(dir));)
		found = !strncmp(entry->d_name, prefix, strlen(prefix));
	if (dir)
		closedir(dir);
	return found;
}

/* Whether DKMS has put a driver there for this kernel, compressed or not. */
static bool find_in(const char *kernel, const char *directory)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/lib/modules/%s/%s", kernel, directory);
	return has_entry(path, "virtio-gpu-prime.ko");
}

/* What a variable of the firmware is begins at its fifth byte. */
static bool find_signed_only(void)
{
	FILE *file = fopen(SECURE_BOOT, "re");
	unsigned char variable[5] = "";
	char enforced[4] = "";
	bool secure = file &&
		      fread(variable, 1, sizeof(variable), file) == sizeof(variable) &&
		      variable[4] == 1;

	if (file)
		fclose(file);
	return secure || (read_line(enforced, sizeof(enforced),
				    "/sys/module/module/parameters/sig_enforce") &&
			  enforced[0] == 'Y');
}

static void find_session(struct prime_facts *facts)
{
	const char *wayland = getenv("WAYLAND_DISPLAY"), *x11 = getenv("DISPLAY");

	copy(facts->session, sizeof(facts->session),
	     wayland && *wayland ? "wayland"
	     : x11 && *x11	 ? "x11"
				 : "");
}

static int get_param(int fd, uint64_t param)
{
	int value = 0;
	struct drm_virtgpu_getparam get = {.param = param, .value = (uintptr_t)&value};

	if (!drmIoctl(fd, DRM_IOCTL_VIRTGPU_GETPARAM, &get))
		return value < 0 ? INT_MAX : value; /* a mask, or a large number */
	return errno == ENOENT ? 0 : PRIME_UNKNOWN;
}

static void read_params(struct prime_facts *facts)
{
	struct prime_gpu *gpu = &facts->gpus[facts->display];
	int fd;

	if (gpu->error)
		return;
	fd = open(gpu->render, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		gpu->error = errno;
		return;
	}
	for (uint64_t param = 1; param < PRIME_NUM_PARAMS; param++)
		facts->params[param] = get_param(fd, param);
	close(fd);
}

void prime_probe(struct prime_facts *facts)
{
	struct utsname name;

	memset(facts, 0, sizeof(*facts));
	for (int i = 0; i < PRIME_NUM_PARAMS; i++)
		facts->params[i] = PRIME_UNKNOWN;
	if (!uname(&name))
		copy(facts->kernel, sizeof(facts->kernel), name.release);
	find_gpus(facts);
	find_order(facts);
	find_idle(facts);
	find_session(facts);
	facts->installed = find_in(facts->kernel, "updates/dkms") ||
			   find_in(facts->kernel, "extra"); /* Fedora's */
	/* sources, which DKMS builds where there are headers */
	facts->packaged = has_entry("/usr/src", "virtgpu-prime-");
	facts->signed_only = find_signed_only();
	prime_choose(facts);
	if (facts->display < 0) {
		facts->unbound = find_unbound();
		return;
	}
	if (!facts->gpus[facts->display].render[0])
		facts->gpus[facts->display].error = ENOENT;
	read_params(facts);
}
