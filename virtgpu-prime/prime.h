/* SPDX-License-Identifier: MIT */
/*
 * virtgpu-prime: what it finds out, and what it makes of it. Finding out and
 * judging are apart, so that the judgement can be tested without a machine.
 */
#ifndef PRIME_H
#define PRIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#define PRIME_MAX_GPUS 16
#define PRIME_NUM_PARAMS 14 /* VIRTGPU_PARAM_* that the tool knows, and 0 */
#define PRIME_UNKNOWN (-1) /* a parameter that the driver does not know */

/* The exit status, for monitors. */
enum prime_status {
	PRIME_WORKS = 0,
	PRIME_DOES_NOT = 1,
	PRIME_USAGE = 2,
	PRIME_NO_DEVICE = 3,
	PRIME_NO_ACCESS = 4,
	PRIME_NO_KERNEL = 5, /* the driver of this kernel cannot */
	PRIME_NO_HOST = 6, /* the host does not offer what it takes */
	PRIME_NO_MESA = 7, /* the other GPU's GL does not get there */
	PRIME_NO_OTHER = 8, /* nothing to offload to */
};

enum prime_path {
	PRIME_NONE,
	PRIME_TRANSFER, /* the host copies frames from the guest's pages */
	PRIME_ZERO_COPY_DISPLAY, /* it displays the other GPU's buffers */
	PRIME_ZERO_COPY, /* it also composes from them */
};

struct prime_gpu {
	char driver[32];
	char bus[64]; /* 0000:00:01.0, or the name of a device without a bus */
	char card[64], render[64]; /* nodes, "" if there is none */
	int screens; /* that are connected */
	int order; /* of all devices, as libdrm lists them to Mesa */
	bool pci; /* bus is an address */
	bool no_3d; /* a virtio-gpu that can not render: Mesa does not count it */
	bool suspended; /* its device sleeps now; who opens it wakes it */
	int error; /* why the render node can not be opened, an errno */
};

struct prime_facts {
	char kernel[66];
	struct prime_gpu gpus[PRIME_MAX_GPUS];
	int num_gpus;
	int display; /* which of them is the virtio-gpu, -1 if none */
	int other; /* which of them would render, -1 if none */
	int first; /* which of them DRI_PRIME=1 takes, -1 if none */
	bool unbound; /* there is a virtio-gpu, but no driver for it */
	bool installed; /* the package's driver is there for this kernel */
	bool packaged; /* the package is, whatever it has built */
	bool signed_only; /* this kernel loads no module that is not signed */
	char idle[64],
		idle_driver[32]; /* a PCI GPU that is no DRM device, and who has it */
	char session[16]; /* wayland, x11, or "" */
	int params[PRIME_NUM_PARAMS]; /* value or PRIME_UNKNOWN */
};

#define PRIME_MAX_REASONS 8

struct prime_verdict {
	enum prime_status status;
	enum prime_path path; /* that will be used */
	enum prime_path possible; /* that driver and host offer */
	const char *why[PRIME_MAX_REASONS + 1]; /* up to a NULL */
	const char *change[PRIME_MAX_REASONS + 1];
};

/**
 * prime_decide() - judge
 * @facts: what there is
 * @verdict: what that means. Depends on nothing but @facts.
 */
void prime_decide(const struct prime_facts *facts, struct prime_verdict *verdict);

/* Whether a driver has no hardware behind it. */
bool prime_is_stand_in(const char *driver);

/* Whether a driver brings a GL of its own, which is not Mesa's. */
bool prime_is_foreign(const char *driver);

/**
 * prime_dri_prime() - what DRI_PRIME has to be for Mesa to take the GPU that would render
 * @facts: with a GPU that would render
 * @value: the tag of its bus, or its number among those that do not display
 * @size: of @value
 */
void prime_dri_prime(const struct prime_facts *facts, char *value, size_t size);

/* transfer, zero-copy, zero-copy (display), none */
const char *prime_path_name(enum prime_path path);

/**
 * prime_probe() - find out
 * @facts: what there is
 *
 * Opens the render node of the virtio-gpu, and no other node: who opens a
 * primary node becomes the master of its display.
 */
void prime_probe(struct prime_facts *facts);

/**
 * prime_choose() - find the virtio-gpu and the GPU that would render
 * @facts: gpus and num_gpus are filled in; display and other will be
 */
void prime_choose(struct prime_facts *facts);

/**
 * prime_print_facts() - say what there is
 * @facts: what there is
 * @verdict: what it means
 */
void prime_print_facts(const struct prime_facts *facts,
		       const struct prime_verdict *verdict);

/* The same for a program. */
struct json_object *prime_facts_to_json(const struct prime_facts *facts,
					const struct prime_verdict *verdict);

/* What the other GPU's GL said, or its Vulkan. */
struct prime_gl {
	char renderer[96], mesa[128], fence[32];
	char error[160];
	bool none; /* there is no driver; error says what that means */
};

/**
 * prime_gl_draw() - have the other GPU's GL or Vulkan draw a picture, as prime-run has it
 * @program: prime-draw or prime-vulkan
 * @node: render node of the other GPU
 * @dmabuf: where to, XRGB8888
 * @width: pixels
 * @height: pixels
 * @pitch: bytes between rows
 * @seed: number of the picture
 * @gl: what was used, and why it failed
 *
 * Returns whether it drew, and its fence has signaled.
 */
bool prime_gl_draw(const char *program, const char *node, int dmabuf, uint32_t width,
		   uint32_t height, uint32_t pitch, uint32_t seed, struct prime_gl *gl);

enum prime_outcome { PRIME_STEP_OK, PRIME_STEP_FAILED, PRIME_STEP_SKIPPED };

struct prime_step {
	const char *name;
	enum prime_outcome outcome;
	char detail[192];
};

struct prime_check {
	struct prime_step steps[10];
	int num_steps;
	struct prime_gl gl, vulkan;
	uint32_t width, height, pitch;
	uint64_t pixels, right; /* of the last frame but Vulkan's: compared, and right */
	double upload; /* seconds for one frame to the host, 0 if none got there */
};

/**
 * prime_check() - draw a frame with the other GPU into the screen buffer, have the host
 * get it, and compare what comes back
 * @facts: what there is; needs a virtio-gpu that can be opened
 * @width: pixels
 * @height: pixels
 * @check: what came of it
 *
 * Returns whether offload works, or who is in the way.
 */
enum prime_status prime_check(const struct prime_facts *facts, uint32_t width,
			      uint32_t height, struct prime_check *check);

/* Add a step to what was seen: any, one of GL's driver, one of Vulkan's frame. */
void prime_step(struct prime_check *check, const char *name, enum prime_outcome outcome,
		const char *format, ...) __attribute__((format(printf, 4, 5)));
void prime_step_mesa(struct prime_check *check, const char *driver);
void prime_step_vulkan(struct prime_check *check, uint64_t right);

/**
 * prime_judge() - say what the steps mean
 * @check: what was seen
 * @verdict: what driver and host say
 * @works: whether frames get to the host
 */
enum prime_status prime_judge(const struct prime_check *check,
			      const struct prime_verdict *verdict, bool works);

void prime_print_check(const struct prime_check *check);

/* Who is ready and who is not, and what to do then. */
void prime_print_verdict(enum prime_status status);
struct json_object *prime_check_to_json(const struct prime_check *check);

/**
 * prime_layout() - say how common formats are laid out
 * @facts: what there is; needs a virtio-gpu that can be opened
 * @width: pixels
 * @height: pixels
 *
 * Returns an array of objects, to be printed as they are or as a table.
 */
struct json_object *prime_layout(const struct prime_facts *facts, uint32_t width,
				 uint32_t height);

void prime_print_layout(struct json_object *layouts, const struct prime_facts *facts,
			uint32_t width, uint32_t height);

/**
 * prime_demo() - show frames of the other GPU on the screen
 * @facts: what there is; needs a virtio-gpu that can be opened
 * @seconds: how long
 *
 * Returns whether it worked. Says why not on stderr.
 */
bool prime_demo(const struct prime_facts *facts, unsigned int seconds);

#endif
