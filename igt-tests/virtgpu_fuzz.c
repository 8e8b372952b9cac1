// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xf86drm.h>

#include "drm_fourcc.h"
#include "drm_mode.h"
#include "virtgpu_helper.h"

/**
 * TEST: virtgpu fuzz
 * Category: Core
 * Description: Random ioctls of virtio-gpu, after which it still works
 *
 * SUBTEST: ioctls
 * Description: Calls from threads and processes that get killed; after each
 *	round a new context sends pixels to the host and gets them back (control)
 *
 * SUBTEST: long-commands
 * Description: Commands of more pages than the queue has entries are refused, or
 *	work; none ends the device, which QEMU gives up for a long chain
 *
 * A round is a process with files of its own and two threads. Environment:
 * VIRTGPU_FUZZ_SEED, VIRTGPU_FUZZ_CALLS (100000, or 15000 with kmemleak),
 * VIRTGPU_FUZZ_ROUND (only that one), VIRTGPU_FUZZ_ALLOW (what of denied[] is tried,
 * or "all"). What a thread does follows from seed, round and what the calls
 * return; how the threads interleave does not. The kernel's log names each round.
 */

IGT_TEST_DESCRIPTION("Call virtio-gpu's ioctls with random arguments.");

#define ROUND_CALLS 1000
#define THREADS 2
#define FILES 4
#define FDS 8 /* dma-bufs and sync files that a round keeps */
#define HANDLES 12 /* small numbers are often valid handles, of other threads too */
#define LOGGED 24
#define ARENA 131072 /* what good pointers point to */
#define DIE_SECONDS 120 /* a debug kernel's round takes 4, VIRTGPU_WAIT 15 at most */

/* What is left out, and why. Ours takes num-rings-0 and defer-mapping, our QEMU
 * more-rings. */
static const struct {
	const char *name, *why;
} denied[] = {
#define NUM_RINGS_0 0
	{"num-rings-0", "CONTEXT_INIT with 0 rings is a WARNING in dma-fence.c"},
#define HUGE_COUNTS 1
	{"huge-counts",
	 "EXECBUFFER with 2 GiB of commands, handles or syncobjs is a WARNING "
	 "in slub.c, with 2^20 good handles one in page_alloc.c, and with "
	 "768 MiB of commands takes 3 s"},
#define DEFER_MAPPING 2
	{"defer-mapping", "mmap of such a blob never returns without a host region"},
#define BIG_OBJECTS 3
	{"big-objects", "every page is allocated at once: the guest runs out of memory"},
#define BIG_TEXTURES 4
	{"big-textures", "the same in the host"},
#define WRAPPED_BOXES 5
	{"wrapped-boxes", "transfers whose box ends beyond 2^32 end QEMU, now and then"},
#define MORE_RINGS 6
	{"more-rings",
	 "QEMU does not answer commands with fences on a second ring of virgl"},
#define LONG_COMMANDS 7
	{"long-commands",
	 "QEMU gives up a device that is sent more than 1024 descriptors at once"},
};

static bool allowed[sizeof(denied) / sizeof(denied[0])];

/* How a field is filled, in a call that is not wild. */
enum kind {
	END,
	BO, /* GEM handle */
	SYNCOBJ,
	FRAMEBUFFER,
	FD,
	FLAGS, /* the low bits of good */
	LESS, /* less than good */
	SELDOM, /* mostly 0, else like FLAGS */
	IS, /* good itself */
	POINTER, /* to the arena */
	COMMANDS, /* to virgl commands */
	BOS, /* to lists of handles, of syncobjs, of parameters of a context */
	SYNCOBJS,
	PARAMS,
};

struct field {
	uint8_t offset, bytes, kind;
	uint32_t good;
};

/* Consequences of a call that worked. */
enum effect { NOTHING, NEW_BO, NEW_FD, NEW_MAP };

struct call {
	const char *name;
	unsigned int weight, type, nr, size;
	enum effect effect;
	uint8_t result; /* offset of the handle, fd or map offset */
	struct field fields[15];
};

#define AT(type, field, kind, good) \
	{offsetof(struct type, field), sizeof(((struct type *)0)->field), kind, good}
#define DRIVER(nr, type) 'd', DRM_COMMAND_BASE + (nr), sizeof(struct type)
#define CORE(request, type) 'd', _IOC_NR(request), sizeof(struct type)

#define TRANSFER_FIELDS(type)                                         \
	{AT(type, bo_handle, BO, 0),	AT(type, box.x, LESS, 4),     \
	 AT(type, box.y, LESS, 4),	AT(type, box.z, IS, 0),       \
	 AT(type, box.w, LESS, 16),	AT(type, box.h, LESS, 16),    \
	 AT(type, box.d, IS, 1),	AT(type, level, IS, 0),       \
	 AT(type, offset, LESS, 4096),	AT(type, stride, FLAGS, 256), \
	 AT(type, layer_stride, IS, 0), {0}}

/* The ioctls of the driver come first, in the order of their numbers. */
static const struct call calls[] = {
	{"MAP",
	 2,
	 DRIVER(DRM_VIRTGPU_MAP, drm_virtgpu_map),
	 NEW_MAP,
	 0,
	 {AT(drm_virtgpu_map, handle, BO, 0)}},
	{"EXECBUFFER",
	 6,
	 DRIVER(DRM_VIRTGPU_EXECBUFFER, drm_virtgpu_execbuffer),
	 NEW_FD,
	 offsetof(struct drm_virtgpu_execbuffer, fence_fd),
	 {AT(drm_virtgpu_execbuffer, flags, SELDOM, VIRTGPU_EXECBUF_FLAGS),
	  AT(drm_virtgpu_execbuffer, size, LESS, 64),
	  AT(drm_virtgpu_execbuffer, command, COMMANDS, 0),
	  AT(drm_virtgpu_execbuffer, bo_handles, BOS, 0),
	  AT(drm_virtgpu_execbuffer, num_bo_handles, LESS, 3),
	  AT(drm_virtgpu_execbuffer, fence_fd, FD, 0),
	  AT(drm_virtgpu_execbuffer, ring_idx, LESS, 4),
	  AT(drm_virtgpu_execbuffer, syncobj_stride, IS, 16),
	  AT(drm_virtgpu_execbuffer, num_in_syncobjs, SELDOM, 1),
	  AT(drm_virtgpu_execbuffer, num_out_syncobjs, SELDOM, 1),
	  AT(drm_virtgpu_execbuffer, in_syncobjs, SYNCOBJS, 0),
	  AT(drm_virtgpu_execbuffer, out_syncobjs, SYNCOBJS, 0)}},
	{"GETPARAM",
	 1,
	 DRIVER(DRM_VIRTGPU_GETPARAM, drm_virtgpu_getparam),
	 NOTHING,
	 0,
	 {AT(drm_virtgpu_getparam, param, LESS, 16),
	  AT(drm_virtgpu_getparam, value, POINTER, 0)}},
	{"RESOURCE_CREATE",
	 4,
	 DRIVER(DRM_VIRTGPU_RESOURCE_CREATE, drm_virtgpu_resource_create),
	 NEW_BO,
	 offsetof(struct drm_virtgpu_resource_create, bo_handle),
	 {AT(drm_virtgpu_resource_create, target, IS, VIRGL_TARGET_2D),
	  AT(drm_virtgpu_resource_create, format, LESS, 5),
	  AT(drm_virtgpu_resource_create, bind, FLAGS, 0xa),
	  AT(drm_virtgpu_resource_create, width, LESS, 64),
	  AT(drm_virtgpu_resource_create, height, LESS, 64),
	  AT(drm_virtgpu_resource_create, depth, IS, 1),
	  AT(drm_virtgpu_resource_create, array_size, IS, 1),
	  AT(drm_virtgpu_resource_create, last_level, IS, 0),
	  AT(drm_virtgpu_resource_create, nr_samples, IS, 0),
	  AT(drm_virtgpu_resource_create, flags, FLAGS, 1),
	  AT(drm_virtgpu_resource_create, bo_handle, BO, 0),
	  AT(drm_virtgpu_resource_create, res_handle, LESS, 4),
	  AT(drm_virtgpu_resource_create, size, LESS, 65536),
	  AT(drm_virtgpu_resource_create, stride, LESS, 256)}},
	{"RESOURCE_INFO",
	 1,
	 DRIVER(DRM_VIRTGPU_RESOURCE_INFO, drm_virtgpu_resource_info),
	 NOTHING,
	 0,
	 {AT(drm_virtgpu_resource_info, bo_handle, BO, 0)}},
	{"TRANSFER_FROM_HOST", 4,
	 DRIVER(DRM_VIRTGPU_TRANSFER_FROM_HOST, drm_virtgpu_3d_transfer_from_host),
	 NOTHING, 0, TRANSFER_FIELDS(drm_virtgpu_3d_transfer_from_host)},
	{"TRANSFER_TO_HOST", 4,
	 DRIVER(DRM_VIRTGPU_TRANSFER_TO_HOST, drm_virtgpu_3d_transfer_to_host), NOTHING,
	 0, TRANSFER_FIELDS(drm_virtgpu_3d_transfer_to_host)},
	{"WAIT",
	 2,
	 DRIVER(DRM_VIRTGPU_WAIT, drm_virtgpu_3d_wait),
	 NOTHING,
	 0,
	 {AT(drm_virtgpu_3d_wait, handle, BO, 0),
	  AT(drm_virtgpu_3d_wait, flags, FLAGS, 1)}},
	{"GET_CAPS",
	 1,
	 DRIVER(DRM_VIRTGPU_GET_CAPS, drm_virtgpu_get_caps),
	 NOTHING,
	 0,
	 {AT(drm_virtgpu_get_caps, cap_set_id, LESS, 8),
	  AT(drm_virtgpu_get_caps, cap_set_ver, LESS, 3),
	  AT(drm_virtgpu_get_caps, addr, POINTER, 0),
	  AT(drm_virtgpu_get_caps, size, LESS, 4096)}},
	{"RESOURCE_CREATE_BLOB",
	 2,
	 DRIVER(DRM_VIRTGPU_RESOURCE_CREATE_BLOB, drm_virtgpu_resource_create_blob),
	 NEW_BO,
	 offsetof(struct drm_virtgpu_resource_create_blob, bo_handle),
	 {AT(drm_virtgpu_resource_create_blob, blob_mem, LESS, 4),
	  AT(drm_virtgpu_resource_create_blob, blob_flags, FLAGS, 7),
	  AT(drm_virtgpu_resource_create_blob, size, LESS, 65536),
	  AT(drm_virtgpu_resource_create_blob, pad, IS, 0),
	  AT(drm_virtgpu_resource_create_blob, cmd_size, IS, 0),
	  AT(drm_virtgpu_resource_create_blob, cmd, COMMANDS, 0),
	  AT(drm_virtgpu_resource_create_blob, blob_id, IS, 0),
	  AT(drm_virtgpu_resource_create_blob, blob_hints, FLAGS, 1)}},
	{"CONTEXT_INIT",
	 1,
	 DRIVER(DRM_VIRTGPU_CONTEXT_INIT, drm_virtgpu_context_init),
	 NOTHING,
	 0,
	 {AT(drm_virtgpu_context_init, num_params, LESS, 5),
	  AT(drm_virtgpu_context_init, pad, IS, 0),
	  AT(drm_virtgpu_context_init, ctx_set_params, PARAMS, 0)}},
	{"RESOURCE_QUERY_LAYOUT",
	 1,
	 DRIVER(DRM_VIRTGPU_RESOURCE_QUERY_LAYOUT, drm_virtgpu_resource_query_layout),
	 NOTHING,
	 0,
	 {AT(drm_virtgpu_resource_query_layout, bo_handle, BO, 0),
	  AT(drm_virtgpu_resource_query_layout, flags, SELDOM, 1),
	  AT(drm_virtgpu_resource_query_layout, target, SELDOM, 3),
	  AT(drm_virtgpu_resource_query_layout, width, SELDOM, 1366),
	  AT(drm_virtgpu_resource_query_layout, height, SELDOM, 768),
	  AT(drm_virtgpu_resource_query_layout, format, SELDOM, 255),
	  AT(drm_virtgpu_resource_query_layout, pad, SELDOM, 1)}},
	{"unassigned 0x00",
	 1,
	 'd',
	 DRM_COMMAND_BASE,
	 16,
	 NOTHING,
	 0,
	 {{0, 4, BO, 0}, {8, 8, POINTER, 0}}},
	{"GEM_CLOSE",
	 2,
	 CORE(DRM_IOCTL_GEM_CLOSE, drm_gem_close),
	 NOTHING,
	 0,
	 {AT(drm_gem_close, handle, BO, 0)}},
	{"PRIME_HANDLE_TO_FD",
	 3,
	 CORE(DRM_IOCTL_PRIME_HANDLE_TO_FD, drm_prime_handle),
	 NEW_FD,
	 offsetof(struct drm_prime_handle, fd),
	 {AT(drm_prime_handle, handle, BO, 0),
	  AT(drm_prime_handle, flags, IS, O_CLOEXEC | O_RDWR),
	  AT(drm_prime_handle, fd, IS, 0)}},
	{"PRIME_FD_TO_HANDLE",
	 2,
	 CORE(DRM_IOCTL_PRIME_FD_TO_HANDLE, drm_prime_handle),
	 NEW_BO,
	 0,
	 {AT(drm_prime_handle, fd, FD, 0)}},
	{"CREATE_DUMB",
	 2,
	 CORE(DRM_IOCTL_MODE_CREATE_DUMB, drm_mode_create_dumb),
	 NEW_BO,
	 offsetof(struct drm_mode_create_dumb, handle),
	 {AT(drm_mode_create_dumb, width, LESS, 64),
	  AT(drm_mode_create_dumb, height, LESS, 64),
	  AT(drm_mode_create_dumb, bpp, IS, 32)}},
	{"MAP_DUMB",
	 1,
	 CORE(DRM_IOCTL_MODE_MAP_DUMB, drm_mode_map_dumb),
	 NEW_MAP,
	 offsetof(struct drm_mode_map_dumb, offset),
	 {AT(drm_mode_map_dumb, handle, BO, 0)}},
	{"ADDFB2",
	 1,
	 CORE(DRM_IOCTL_MODE_ADDFB2, drm_mode_fb_cmd2),
	 NOTHING,
	 0,
	 {AT(drm_mode_fb_cmd2, width, LESS, 64), AT(drm_mode_fb_cmd2, height, LESS, 64),
	  AT(drm_mode_fb_cmd2, pixel_format, IS, DRM_FORMAT_XRGB8888),
	  AT(drm_mode_fb_cmd2, handles[0], BO, 0),
	  AT(drm_mode_fb_cmd2, pitches[0], FLAGS, 256),
	  AT(drm_mode_fb_cmd2, offsets[0], LESS, 64)}},
	{"RMFB",
	 1,
	 'd',
	 _IOC_NR(DRM_IOCTL_MODE_RMFB),
	 4,
	 NOTHING,
	 0,
	 {{0, 4, FRAMEBUFFER, 0}}},
	{"SYNCOBJ_CREATE",
	 1,
	 CORE(DRM_IOCTL_SYNCOBJ_CREATE, drm_syncobj_create),
	 NOTHING,
	 0,
	 {AT(drm_syncobj_create, flags, FLAGS, 1)}},
	{"SYNCOBJ_DESTROY",
	 1,
	 CORE(DRM_IOCTL_SYNCOBJ_DESTROY, drm_syncobj_destroy),
	 NOTHING,
	 0,
	 {AT(drm_syncobj_destroy, handle, SYNCOBJ, 0)}},
};

/* The last calls of a thread; the parent reads them when the thread is gone. */
struct entry {
	uint8_t call, file;
	uint16_t size; /* as the request says */
	int result; /* of ioctl, or an errno */
	uint64_t argument; /* where it was, if not where the bytes are */
	uint8_t bytes[160];
};

#define IN_FLIGHT (-1)

struct log {
	unsigned int count;
	struct entry entries[LOGGED];
};

/* Shared with the processes of a round. */
struct shared {
	struct log logs[THREADS];
	atomic_uint tried[sizeof(calls) / sizeof(calls[0])];
	atomic_uint worked[sizeof(calls) / sizeof(calls[0])];
};

static struct shared *shared;
static char *primary_node, *render_node;
static uint64_t seed = 1;
static int inherited = -1; /* a file that lives longer than a round */

/* What the threads of a round have in common. */
static int files[FILES];
static atomic_int fds[FDS];

struct fuzzer {
	pthread_t thread;
	unsigned int number, calls, die_at, fork_at;
	uint64_t random;
	bool wild; /* this call has fields that are not good */
	uint8_t *arena; /* commands, lists and room, then a page that is not there */
	uint32_t *commands; /* what the arena shows of them is read-only */
};

/* Parts of the arena. The commands cannot be written: a bad place for results. */
#define COMMANDS_AT 0
#define READ_ONLY_AT 65024 /* behind the commands */
#define BOS_AT 65536
#define SYNCOBJS_AT 66560
#define PARAMS_AT 67584
#define ARGUMENT_AT 69632
#define ROOM_AT 98304

static uint64_t mix(uint64_t value)
{
	value += 0x9e3779b97f4a7c15;
	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
	value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
	return value ^ (value >> 31);
}

static uint64_t next(struct fuzzer *fuzzer)
{
	fuzzer->random += 0x9e3779b97f4a7c15;
	return mix(fuzzer->random);
}

static uint32_t below(struct fuzzer *fuzzer, uint32_t bound)
{
	return (uint32_t)(next(fuzzer) % bound);
}

static uint64_t boundary(struct fuzzer *fuzzer)
{
	static const uint64_t values[] = {
		0,	    1,		2,	    3,		 4095,	     4096,
		4097,	    0x7fff,	0xffff,	    0x10000,	 0x7fffffff, 0x80000000,
		0xfffffffe, 0xffffffff, 0xfffff000, 0x100000000, UINT64_MAX,
	};
	uint32_t which = below(fuzzer, sizeof(values) / sizeof(values[0]) + 2);

	if (which == 0)
		return next(fuzzer);
	if (which == 1)
		return (uint64_t)1 << below(fuzzer, 64);
	return values[which - 2];
}

/* Nowhere, in the kernel, read-only, and across the end of what is mapped. */
static uint64_t bad_pointer(struct fuzzer *fuzzer)
{
	const uint64_t pointers[] = {
		0,
		8,
		0xffff888000001000,
		UINT64_MAX - 3,
		(uintptr_t)fuzzer->arena + COMMANDS_AT,
		(uintptr_t)fuzzer->arena + ARENA - 6,
		(uintptr_t)fuzzer->arena + ARENA,
		(uintptr_t)fuzzer->arena + ROOM_AT + 1,
	};

	return pointers[below(fuzzer, sizeof(pointers) / sizeof(pointers[0]))];
}

static bool is_pointer(enum kind kind)
{
	return kind >= POINTER;
}

static uint64_t good_value(struct fuzzer *fuzzer, const struct field *field)
{
	switch (field->kind) {
	case BO:
		return 1 + below(fuzzer, HANDLES);
	case SYNCOBJ:
		return 1 + below(fuzzer, 4);
	case FRAMEBUFFER: /* connectors, planes and others come first */
		return 30 + below(fuzzer, 40);
	case FD:
		return (uint64_t)fds[below(fuzzer, FDS)];
	case FLAGS:
		return next(fuzzer) & field->good;
	case SELDOM:
		return below(fuzzer, 4) ? 0 : next(fuzzer) & field->good;
	case LESS:
		return below(fuzzer, field->good);
	case POINTER:
		return (uintptr_t)fuzzer->arena + ROOM_AT;
	case COMMANDS:
		return (uintptr_t)fuzzer->arena + COMMANDS_AT;
	case BOS:
		return (uintptr_t)fuzzer->arena + BOS_AT;
	case SYNCOBJS:
		return (uintptr_t)fuzzer->arena + SYNCOBJS_AT;
	case PARAMS:
		return (uintptr_t)fuzzer->arena + PARAMS_AT;
	default:
		return field->good;
	}
}

static uint64_t value_of(struct fuzzer *fuzzer, const struct field *field)
{
	if (!fuzzer->wild || below(fuzzer, 4))
		return good_value(fuzzer, field);
	return is_pointer(field->kind) ? bad_pointer(fuzzer) : boundary(fuzzer);
}

/* Syncobjs and parameters are lists of two numbers of 32 or 64 bits. */
static void write_lists(struct fuzzer *fuzzer)
{
	struct drm_virtgpu_execbuffer_syncobj *syncobjs =
		(void *)(fuzzer->arena + SYNCOBJS_AT);
	struct drm_virtgpu_context_set_param *params =
		(void *)(fuzzer->arena + PARAMS_AT);
	uint32_t *bos = (void *)(fuzzer->arena + BOS_AT);

	for (int i = 0; i < 4; i++) {
		bos[i] = 1 + below(fuzzer, HANDLES);
		syncobjs[i].handle = 1 + below(fuzzer, 4);
		syncobjs[i].flags = !below(fuzzer, 4);
		syncobjs[i].point = below(fuzzer, 4) ? 0 : boundary(fuzzer);
		params[i].param = 1 + below(fuzzer, 5);
		params[i].value = below(fuzzer, 4) ? below(fuzzer, 5) : boundary(fuzzer);
		if (params[i].param == VIRTGPU_CONTEXT_PARAM_NUM_RINGS &&
		    ((!allowed[NUM_RINGS_0] && !params[i].value) ||
		     (!allowed[MORE_RINGS] && params[i].value > 1)))
			params[i].value = 1;
	}
}

/* Mostly commands that do nothing: garbage ends the context, and with it the fun. */
static void write_commands(struct fuzzer *fuzzer)
{
	uint32_t *commands = fuzzer->commands;

	memset(commands, 0, 256);
	if (!below(fuzzer, 64))
		for (int i = 0; i < 16; i++)
			commands[i] = (uint32_t)(below(fuzzer, 2) ? next(fuzzer)
								  : below(fuzzer, 64));
}

static uint64_t get(const uint8_t *bytes, const struct field *field)
{
	uint64_t value = 0;

	memcpy(&value, bytes + field->offset, field->bytes);
	return value;
}

static void put(uint8_t *bytes, const struct field *field, uint64_t value)
{
	memcpy(bytes + field->offset, &value, field->bytes);
}

/* @limit or more, but no more than @most, becomes less. */
static void tame(uint32_t *value, uint32_t limit, uint32_t most)
{
	if (*value >= limit && *value <= most)
		*value %= limit;
}

static void tame_execbuffer(struct drm_virtgpu_execbuffer *exec)
{
	if (allowed[HUGE_COUNTS])
		return;
	tame(&exec->size, READ_ONLY_AT, UINT32_MAX);
	tame(&exec->num_bo_handles, 4096, UINT32_MAX);
	tame(&exec->num_in_syncobjs, 4096, UINT32_MAX);
	tame(&exec->num_out_syncobjs, 4096, UINT32_MAX);
}

static void tame_resource(struct drm_virtgpu_resource_create *create)
{
	/* a host refuses larger textures; a buffer may have any width */
	uint32_t largest = create->target ? 16384 : UINT32_MAX;

	if (!allowed[BIG_OBJECTS])
		tame(&create->size, 1 << 20, UINT32_MAX);
	if (allowed[BIG_TEXTURES])
		return;
	tame(&create->width, 512, largest);
	tame(&create->height, 512, largest);
	tame(&create->depth, 8, largest);
	tame(&create->array_size, 8, largest);
	tame(&create->nr_samples, 8, largest);
}

static void tame_dumb(struct drm_mode_create_dumb *dumb)
{
	if (allowed[BIG_OBJECTS])
		return;
	tame(&dumb->width, 512, UINT32_MAX / 4);
	tame(&dumb->height, 512, UINT32_MAX);
}

static void tame_blob(struct drm_virtgpu_resource_create_blob *blob)
{
	if (!allowed[BIG_OBJECTS])
		blob->size %= 1 << 20;
	if (!allowed[DEFER_MAPPING])
		blob->blob_hints &= ~DRM_VIRTGPU_BLOB_FLAG_HINT_DEFER_MAPPING;
}

static void tame_box(struct drm_virtgpu_3d_box *box)
{
	uint32_t *const values[] = {&box->x, &box->y, &box->z, &box->w, &box->h, &box->d};

	if (allowed[WRAPPED_BOXES])
		return;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		tame(values[i], 65536, UINT32_MAX);
}

static void keep_to_what_is_allowed(unsigned int nr, uint8_t *bytes)
{
	switch (nr) {
	case DRM_COMMAND_BASE + DRM_VIRTGPU_EXECBUFFER:
		tame_execbuffer((void *)bytes);
		break;
	case DRM_COMMAND_BASE + DRM_VIRTGPU_RESOURCE_CREATE:
		tame_resource((void *)bytes);
		break;
	case DRM_COMMAND_BASE + DRM_VIRTGPU_TRANSFER_FROM_HOST:
		tame_box(&((struct drm_virtgpu_3d_transfer_from_host *)bytes)->box);
		break;
	case DRM_COMMAND_BASE + DRM_VIRTGPU_TRANSFER_TO_HOST:
		tame_box(&((struct drm_virtgpu_3d_transfer_to_host *)bytes)->box);
		break;
	case DRM_COMMAND_BASE + DRM_VIRTGPU_RESOURCE_CREATE_BLOB:
		tame_blob((void *)bytes);
		break;
	case _IOC_NR(DRM_IOCTL_MODE_CREATE_DUMB):
		tame_dumb((void *)bytes);
		break;
	}
}

static unsigned int pick_call(struct fuzzer *fuzzer)
{
	unsigned int total = 0, i;
	uint32_t at;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		total += calls[i].weight;
	at = below(fuzzer, total);
	for (i = 0; at >= calls[i].weight; i++)
		at -= calls[i].weight;
	return i;
}

/* The request with another size or direction: older and newer user space. */
static unsigned long wild_request(struct fuzzer *fuzzer, const struct call *call)
{
	const unsigned int sizes[] = {0,
				      4,
				      call->size - 4,
				      call->size - 1,
				      call->size + 1,
				      call->size + 8,
				      1024,
				      16383};

	return _IOC(below(fuzzer, 4), call->type, call->nr,
		    sizes[below(fuzzer, sizeof(sizes) / sizeof(sizes[0]))]);
}

static void keep_fd(struct fuzzer *fuzzer, int fd)
{
	int old = atomic_exchange(&fds[below(fuzzer, FDS)], fd);

	if (old >= 0)
		close(old);
}

static void touch_map(int file, uint64_t offset)
{
	volatile uint8_t *map =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, (off_t)offset);

	if (map == MAP_FAILED)
		return;
	map[17] = (uint8_t)(map[16] + 1);
	munmap((void *)map, 4096);
}

/* Keeps what a call made, if not too much is kept already. */
static void take_result(struct fuzzer *fuzzer, const struct call *call, int file,
			const uint8_t *bytes)
{
	struct field where = {call->result, call->effect == NEW_MAP ? 8 : 4, IS, 0};
	uint64_t value = get(bytes, &where);
	struct drm_gem_close excess = {.handle = (uint32_t)value};
	const struct drm_virtgpu_execbuffer *exec = (const void *)bytes;
	bool is_execbuffer = call->nr == DRM_COMMAND_BASE + DRM_VIRTGPU_EXECBUFFER;

	switch (call->effect) {
	case NEW_BO:
		if (value > HANDLES)
			ioctl(file, DRM_IOCTL_GEM_CLOSE, &excess);
		break;
	case NEW_FD:
		if (!is_execbuffer || exec->flags & VIRTGPU_EXECBUF_FENCE_FD_OUT)
			keep_fd(fuzzer, (int)value);
		break;
	case NEW_MAP:
		touch_map(file, value);
		break;
	default:
		break;
	}
}

static struct entry *new_entry(struct fuzzer *fuzzer)
{
	struct log *log = &shared->logs[fuzzer->number];

	return &log->entries[log->count++ % LOGGED];
}

/* The arguments of a call, and what they point to. */
static void fill(struct fuzzer *fuzzer, const struct call *call, uint8_t *bytes)
{
	fuzzer->wild = below(fuzzer, 2);
	memset(bytes, fuzzer->wild && !below(fuzzer, 8) ? 0xff : 0, 512);
	for (const struct field *field = call->fields; field->kind; field++)
		put(bytes, field, value_of(fuzzer, field));
	keep_to_what_is_allowed(call->nr, bytes);
	write_lists(fuzzer);
	if (call->nr == DRM_COMMAND_BASE + DRM_VIRTGPU_EXECBUFFER)
		write_commands(fuzzer);
}

/* The arguments where they can be read but not written, or not even read. */
static void *wild_argument(struct fuzzer *fuzzer, const uint8_t *bytes)
{
	void *pointers[] = {NULL, (void *)-4, fuzzer->arena + ARENA - 6,
			    fuzzer->arena + ARENA};

	if (below(fuzzer, 2))
		return pointers[below(fuzzer, sizeof(pointers) / sizeof(pointers[0]))];
	memcpy(fuzzer->commands + READ_ONLY_AT / 4, bytes, 512);
	return fuzzer->arena + COMMANDS_AT + READ_ONLY_AT;
}

/* A file without a context, in the place of one that other threads may be using. */
static void reopen(unsigned int file)
{
	int fd = open(file % 2 ? render_node : primary_node,
		      O_RDWR | O_CLOEXEC | O_NONBLOCK);

	dup2(fd, files[file]);
	close(fd);
}

static void fuzz_once(struct fuzzer *fuzzer)
{
	bool fresh = !below(fuzzer, 100); /* CONTEXT_INIT has to come first */
	unsigned int which = fresh ? DRM_VIRTGPU_CONTEXT_INIT - 1 : pick_call(fuzzer);
	unsigned int file = below(fuzzer, FILES);
	const struct call *call = &calls[which];
	unsigned long request =
		_IOC(_IOC_READ | _IOC_WRITE, call->type, call->nr, call->size);
	uint8_t *bytes = fuzzer->arena + ARGUMENT_AT;
	struct entry *entry = new_entry(fuzzer);
	void *argument = bytes;
	int result;

	if (fresh)
		reopen(file);
	fill(fuzzer, call, bytes);
	if (fuzzer->wild && !below(fuzzer, 8))
		request = wild_request(fuzzer, call);
	if (fuzzer->wild && !below(fuzzer, 16))
		argument = wild_argument(fuzzer, bytes);

	*entry = (struct entry){.call = (uint8_t)which,
				.file = (uint8_t)file,
				.size = _IOC_SIZE(request),
				.argument = argument == bytes ? 0 : (uintptr_t)argument,
				.result = IN_FLIGHT};
	memcpy(entry->bytes, bytes, sizeof(entry->bytes));
	atomic_fetch_add(&shared->tried[which], 1);
	result = ioctl(files[file], request, argument) ? errno : 0;
	entry->result = result;
	if (result)
		return;
	atomic_fetch_add(&shared->worked[which], 1);
	if (argument == bytes && _IOC_SIZE(request) >= call->size &&
	    _IOC_DIR(request) == (_IOC_READ | _IOC_WRITE))
		take_result(fuzzer, call, files[file], bytes);
}

static void fork_and_go_on(struct fuzzer *fuzzer)
{
	pid_t pid = fork();

	if (pid)
		return; /* the test reaps it */
	fuzzer->random = mix(fuzzer->random);
	for (int i = 0; i < 50; i++)
		fuzz_once(fuzzer);
	_exit(0);
}

static void map_arena(struct fuzzer *fuzzer)
{
	int memory = memfd_create("virtgpu_fuzz", MFD_CLOEXEC);

	fuzzer->arena = mmap(NULL, ARENA + 4096, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fuzzer->arena == MAP_FAILED || ftruncate(memory, BOS_AT))
		_exit(1);
	mprotect(fuzzer->arena + ARENA, 4096, PROT_NONE);
	mmap(fuzzer->arena + COMMANDS_AT, BOS_AT, PROT_READ, MAP_SHARED | MAP_FIXED,
	     memory, 0);
	fuzzer->commands =
		mmap(NULL, BOS_AT, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (fuzzer->commands == MAP_FAILED)
		_exit(1);
	close(memory);
}

static void *fuzz(void *data)
{
	struct fuzzer *fuzzer = data;

	map_arena(fuzzer);
	for (unsigned int i = 0; i < fuzzer->calls; i++) {
		if (i == fuzzer->fork_at)
			fork_and_go_on(fuzzer);
		if (i == fuzzer->die_at)
			kill(getpid(), SIGKILL);
		fuzz_once(fuzzer);
	}
	return NULL;
}

static void drop_events(int file)
{
	char events[1024];

	while (read(file, events, sizeof(events)) > 0)
		;
}

/* The process of a round. */
__noreturn static void run_round(uint64_t round, unsigned int count)
{
	struct fuzzer fuzzers[THREADS];
	unsigned int calls_each = count / THREADS;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < FDS; i++)
		fds[i] = -1;
	for (size_t i = 0; i < FILES; i++)
		files[i] = open(i % 2 ? render_node : primary_node,
				O_RDWR | O_CLOEXEC | O_NONBLOCK);
	dup2(inherited, files[0]);
	drop_events(files[0]);
	for (unsigned int i = 0; i < THREADS; i++) {
		uint64_t random = mix(mix(seed) + round * THREADS + i);
		bool first = i == 0;

		fuzzers[i] = (struct fuzzer){
			.number = i,
			.calls = calls_each,
			.random = random,
			.fork_at = first && random & 1 ? (random >> 8) % calls_each
						       : calls_each,
			.die_at = first && random & 2 ? (random >> 32) % calls_each
						      : calls_each,
		};
		if (pthread_create(&fuzzers[i].thread, NULL, fuzz, &fuzzers[i]))
			_exit(1);
	}
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(fuzzers[i].thread, NULL);
	_exit(0);
}

/* Shown by IGT if the test fails afterwards. */
static void show_log(const struct log *log)
{
	unsigned int i = log->count > LOGGED ? log->count - LOGGED : 0;

	for (; i < log->count; i++) {
		const struct entry *entry = &log->entries[i % LOGGED];
		const struct call *call = &calls[entry->call];
		char text[2 * sizeof(entry->bytes) + 1] = "";

		for (size_t b = 0; b < call->size && b < sizeof(entry->bytes); b++)
			snprintf(text + 2 * b, 3, "%02x", entry->bytes[b]);
		igt_debug("%u: file %u %s size %u at 0x%" PRIx64 " %s: %s\n", i,
			  entry->file, call->name, entry->size, entry->argument, text,
			  entry->result == IN_FLIGHT ? "did not return"
						     : strerror(entry->result));
	}
}

/* Waits for the round and what it left behind. Whether all ended in time. */
static bool reap(pid_t round, int *status)
{
	struct virtgpu_limit limit = virtgpu_limit(DIE_SECONDS);
	int other;
	pid_t pid;

	while (!virtgpu_limit_over(&limit)) {
		while ((pid = waitpid(-1, &other, WNOHANG)) > 0)
			if (pid == round)
				*status = other;
		if (pid < 0)
			return true;
		usleep(10000);
	}
	return false;
}

static void say_to_kernel(uint64_t round)
{
	FILE *log = fopen("/dev/kmsg", "we");

	if (log) {
		fprintf(log, "<6>virtgpu_fuzz: seed %" PRIu64 " round %" PRIu64 "\n",
			seed, round);
		fclose(log);
	}
}

/* A new context can still send pixels to the host and get them back. */
static void check_health(void)
{
	int fd = open(render_node, O_RDWR | O_CLOEXEC);
	struct virtgpu_resource resource = virtgpu_resource_create(
		fd, VIRGL_FORMAT_B8G8R8A8_UNORM, 4, 61, 67, 61 * 67 * 4);
	struct virtgpu_transfer whole = virtgpu_whole(&resource, 0);
	size_t wrong = 0;

	for (size_t i = 0; i < 61 * 67 * 4; i++)
		resource.map[i] = (uint8_t)mix(i);
	igt_assert_eq(virtgpu_to_host(fd, resource.handle, &whole), 0);
	virtgpu_wait(&resource);
	if (virtgpu_has_3d(fd)) {
		memset(resource.map, 0, resource.size);
		igt_assert_eq(virtgpu_from_host(fd, resource.handle, &whole), 0);
		virtgpu_wait(&resource);
	}
	for (size_t i = 0; i < 61 * 67 * 4; i++)
		wrong += resource.map[i] != (uint8_t)mix(i);
	igt_assert_f(!wrong, "%zu of %u bytes are wrong\n", wrong, 61 * 67 * 4);
	virtgpu_resource_destroy(&resource);
	close(fd);
}

/* Where a process that does not end stands, and which fence the host owes. */
static void show_file(const char *pattern)
{
	glob_t found;

	if (glob(pattern, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		FILE *file = fopen(found.gl_pathv[i], "re");
		char line[256];

		igt_info("%s:\n", found.gl_pathv[i]);
		while (file && fgets(line, sizeof(line), file))
			igt_info("  %s", line);
		if (file)
			fclose(file);
	}
	globfree(&found);
}

static void show_stuck(pid_t pid)
{
	char pattern[64];

	snprintf(pattern, sizeof(pattern), "/proc/%d/task/*/stack", pid);
	show_file(pattern);
	show_file("/sys/kernel/debug/dri/*/virtio-gpu-irq-fence");
}

static void test_round(uint64_t round, unsigned int count)
{
	int status = 0;
	bool ended;
	pid_t pid;

	say_to_kernel(round);
	memset(shared->logs, 0, sizeof(shared->logs));
	fflush(NULL);
	pid = fork();
	igt_assert(pid >= 0);
	if (!pid)
		run_round(round, count);
	ended = reap(pid, &status);
	if (!ended) {
		show_stuck(pid);
		kill(pid, SIGKILL);
	}
	igt_debug("seed %" PRIu64 " round %" PRIu64 ", last calls of each thread:\n",
		  seed, round);
	for (size_t i = 0; i < THREADS; i++)
		show_log(&shared->logs[i]);
	igt_assert_f(ended || reap(pid, &status), "a process cannot be killed\n");
	igt_assert_f(ended, "a process had to be killed\n");
	igt_assert_f(!status || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL),
		     "the process ended with status 0x%x\n", status);
	check_health();
}

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static void read_denials(int fd)
{
	const char *names = getenv("VIRTGPU_FUZZ_ALLOW");
	int layouts = virtgpu_getparam(fd, VIRTGPU_PARAM_RESOURCE_QUERY_LAYOUT);
	bool ours = layouts >= 0, our_host = layouts > 0;

	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
		allowed[i] = (ours && (i == NUM_RINGS_0 || i == DEFER_MAPPING ||
				       i == LONG_COMMANDS)) ||
			     (our_host && i == MORE_RINGS) ||
			     (names &&
			      (!strcmp(names, "all") || strstr(names, denied[i].name)));
		igt_info("%s %s: %s\n", allowed[i] ? "tries" : "leaves out",
			 denied[i].name, denied[i].why);
	}
}

/* A fuzzer whose calls are all refused tests nothing. */
static void check_balance(bool has_3d)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		unsigned int tried = shared->tried[i], worked = shared->worked[i];

		igt_info("%-20s %6u of %6u worked\n", calls[i].name, worked, tried);
		if (calls[i].weight > 2 && (has_3d || calls[i].nr < DRM_COMMAND_BASE))
			igt_assert_f(worked * 20 >= tried, "%s hardly ever works\n",
				     calls[i].name);
	}
}

/* A thousand calls take half a second, four on a kernel with all checkers. */
static uint64_t default_calls(void)
{
	return access("/sys/kernel/debug/kmemleak", F_OK) ? 100000 : 15000;
}

static void test_ioctls(int fd)
{
	uint64_t rounds =
		number_from("VIRTGPU_FUZZ_CALLS", default_calls()) / ROUND_CALLS;
	uint64_t only = number_from("VIRTGPU_FUZZ_ROUND", UINT64_MAX);
	struct timespec start, end;

	seed = number_from("VIRTGPU_FUZZ_SEED", seed);
	read_denials(fd);
	igt_info("VIRTGPU_FUZZ_SEED=%" PRIu64 ", %" PRIu64 " rounds of %u calls\n", seed,
		 rounds, ROUND_CALLS);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (uint64_t round = 0; round < rounds; round++) {
		if (round % 8 == 0) {
			close(inherited);
			inherited = open(primary_node, O_RDWR | O_CLOEXEC | O_NONBLOCK);
			igt_assert_fd(inherited);
		}
		if (only == UINT64_MAX || only == round)
			test_round(round, ROUND_CALLS);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	igt_info("%" PRIu64 " s\n", (uint64_t)(end.tv_sec - start.tv_sec));
	if (only == UINT64_MAX)
		check_balance(virtgpu_has_3d(fd));
}

static void test_long_commands(int fd)
{
	const uint32_t sizes[] = {1 << 20, 1016 << 10, 3 << 20, 5 << 20, 48 << 20};
	void *nops = mmap(NULL, 48 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	igt_require_f(virtgpu_has_3d(fd), "the device has no 3D\n");
	read_denials(fd);
	igt_require_f(allowed[LONG_COMMANDS], "the driver lets them through\n");
	igt_assert(nops != MAP_FAILED);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct drm_virtgpu_execbuffer exec = {
			.command = (uintptr_t)nops,
			.size = sizes[i],
		};
		int error =
			igt_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec) ? errno : 0;

		igt_info("%u bytes: %s\n", sizes[i], error ? strerror(error) : "sent");
		igt_assert(!error || error == E2BIG || error == ENOMEM);
		check_health();
	}
	munmap(nops, 48 << 20);
}

int igt_main()
{
	int fd = -1;

	igt_fixture () {
		fd = drm_open_driver(DRIVER_VIRTIO);
		primary_node = drmGetPrimaryDeviceNameFromFd(fd);
		render_node = drmGetRenderDeviceNameFromFd(fd);
		shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		igt_assert(shared != MAP_FAILED);
	}

	igt_describe("Random calls, after which a new context still works.");
	igt_subtest ("ioctls")
		test_ioctls(fd);

	igt_describe("Commands that are too long leave the device alive.");
	igt_subtest ("long-commands")
		test_long_commands(fd);

	igt_fixture ()
		drm_close_driver(fd);
}
