// SPDX-License-Identifier: MIT
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <drm/drm_fourcc.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "prime.h"
#include "frame.h"

struct screen {
	int card;
	uint32_t connector, crtc, framebuffer;
	drmModeModeInfo mode;
	drmModeCrtcPtr before;
};

static bool pick_connector(struct screen *screen, drmModeResPtr resources)
{
	for (int i = 0; i < resources->count_connectors; i++) {
		drmModeConnectorPtr connector =
			drmModeGetConnector(screen->card, resources->connectors[i]);
		bool usable = connector && connector->count_modes &&
			      connector->connection == DRM_MODE_CONNECTED;

		if (usable) {
			screen->connector = connector->connector_id;
			screen->mode = connector->modes[0]; /* the preferred one */
		}
		drmModeFreeConnector(connector);
		if (usable)
			return true;
	}
	warnx("no screen is connected to virtio-gpu");
	return false;
}

/* virtio-gpu has a CRTC for each connector, in the same order. */
static bool find_screen(struct screen *screen)
{
	drmModeResPtr resources = drmModeGetResources(screen->card);
	bool found;

	if (!resources || resources->count_crtcs < 1) {
		warnx("virtio-gpu drives no screen");
		drmModeFreeResources(resources);
		return false;
	}
	found = pick_connector(screen, resources);
	for (int i = 0; found && i < resources->count_connectors; i++)
		if (resources->connectors[i] == screen->connector &&
		    i < resources->count_crtcs)
			screen->crtc = resources->crtcs[i];
	drmModeFreeResources(resources);
	return found && screen->crtc;
}

static bool light(struct screen *screen, const struct prime_frame *frame)
{
	uint32_t handles[4] = {frame->handle}, pitches[4] = {frame->pitch},
		 offsets[4] = {0};

	screen->before = drmModeGetCrtc(screen->card, screen->crtc);
	if (!drmModeAddFB2(screen->card, frame->width, frame->height, DRM_FORMAT_XRGB8888,
			   handles, pitches, offsets, &screen->framebuffer, 0) &&
	    !drmModeSetCrtc(screen->card, screen->crtc, screen->framebuffer, 0, 0,
			    &screen->connector, 1, &screen->mode))
		return true;
	warn("the screen can not show the frame");
	return false;
}

static void restore(struct screen *screen)
{
	drmModeCrtcPtr before = screen->before;

	if (before && before->mode_valid)
		drmModeSetCrtc(screen->card, screen->crtc, before->buffer_id, before->x,
			       before->y, &screen->connector, 1, &before->mode);
	if (screen->framebuffer)
		drmModeRmFB(screen->card, screen->framebuffer);
	drmModeFreeCrtc(before);
}

static int show(struct screen *screen, struct prime_frame *frame, uint32_t number,
		bool fences)
{
	drmModeClip whole = {.x2 = (uint16_t)frame->width, .y2 = (uint16_t)frame->height};
	int uploaded = 0, ret;

	if (fences) {
		ret = prime_frame_draw_later(frame, number, 0, &uploaded);
		if (!ret)
			ret = uploaded;
	} else {
		ret = prime_frame_draw(frame, number);
		if (!ret)
			ret = prime_frame_upload(frame);
	}
	if (!ret && drmModeDirtyFB(screen->card, screen->framebuffer, &whole, 1))
		ret = -errno;
	return ret;
}

static bool play(struct screen *screen, struct prime_frame *frame, unsigned int duration,
		 bool fences)
{
	time_t end = time(NULL) + (time_t)duration;
	uint32_t frames = 0;
	int ret = 0;

	while (!ret && time(NULL) < end)
		ret = show(screen, frame, ++frames, fences);
	if (ret) {
		warnx("frame %u: %s", frames, strerror(-ret));
		return false;
	}
	printf("%u frames of %ux%u pixels with a pitch of %u, %.1f a second\n", frames,
	       frame->width, frame->height, frame->pitch, (double)frames / duration);
	return true;
}

static bool run(struct screen *screen, struct prime_frame *frame, int other,
		unsigned int duration, bool fences)
{
	uint32_t width = screen->mode.hdisplay, height = screen->mode.vdisplay;
	int ret = prime_frame_create(frame, screen->card, width, height,
				     (width * 4 + 255) & ~255u);
	bool works;

	if (!ret)
		ret = prime_frame_share(frame, other);
	if (ret) {
		warnx("the buffer can not be made or shared: %s", strerror(-ret));
		return false;
	}
	/* nothing is on the screen that the host refuses */
	ret = prime_frame_upload(frame);
	if (ret) {
		warnx("the host does not get the frame: %s", strerror(-ret));
		return false;
	}
	works = light(screen, frame) && play(screen, frame, duration, fences);
	restore(screen);
	return works;
}

bool prime_demo(const struct prime_facts *facts, unsigned int duration)
{
	const struct prime_gpu *display = &facts->gpus[facts->display];
	const struct prime_gpu *other = &facts->gpus[facts->other];
	struct prime_frame frame = PRIME_FRAME_NONE;
	struct screen screen = {.card = open(display->card, O_RDWR | O_CLOEXEC)};
	int fd = open(other->render, O_RDWR | O_CLOEXEC);
	bool works = false;

	if (screen.card < 0 || fd < 0)
		warn("the GPUs can not be opened");
	else if (!drmIsMaster(screen.card))
		warnx("a desktop has the screen: run this from a text console");
	else if (find_screen(&screen))
		works = run(&screen, &frame, fd, duration,
			    !strcmp(other->driver, "vgem"));
	prime_frame_destroy(&frame);
	if (fd >= 0)
		close(fd);
	if (screen.card >= 0)
		close(screen.card);
	return works;
}
