// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plugin of QEMU's TCG: how many instructions the guest has executed, on all
 * processors, and how many of them in its kernel. Who connects to the socket gets both
 * numbers, in decimal.
 *
 *   -plugin instructions.so,socket=PATH[,blocks=FILE]
 *
 * With blocks= each answer also leaves in FILE where they were executed since the last
 * answer, and what was there before in FILE.before: lines of an address and a number,
 * both hexadecimal. An address is a block's in the kernel. Address 0 is all else: a block
 * of code that processes share has the address that it has in the one which came first.
 *
 * A block that ends early, by a fault or an interrupt, counts as a whole; an instruction
 * that repeats itself (rep movsb) counts as often as QEMU starts its block.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib.h>
#include <qemu-plugin.h>

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

#define PLACES (1u << 18) /* a guest of some minutes has a third of that */
#define TRIES 64

static qemu_plugin_u64 executed, of_kernel;

/* By address: a table, whose index is that of a counter on each processor. */
static char *blocks_file, *blocks_before;
static struct qemu_plugin_scoreboard *by_place; /* uint64_t[PLACES] */
static uint64_t address_of[PLACES], answered[PLACES];
static pthread_mutex_t places = PTHREAD_MUTEX_INITIALIZER;

static bool in_kernel(uint64_t address)
{
	return address >> 63;
}

/* The place of an address, which becomes its own; 0 if there is none left near it. */
static size_t place_of(uint64_t address)
{
	size_t first = (address * UINT64_C(0x9e3779b97f4a7c15)) >> 32, place = 0;

	pthread_mutex_lock(&places);
	for (size_t i = 0; i < TRIES; i++) {
		size_t next = (first + i) % PLACES;

		if (next && (!address_of[next] || address_of[next] == address)) {
			address_of[next] = address;
			place = next;
			break;
		}
	}
	pthread_mutex_unlock(&places);
	return place;
}

static qemu_plugin_u64 count_of(size_t place)
{
	return (qemu_plugin_u64){by_place, place * sizeof(uint64_t)};
}

static void on_block(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t instructions = qemu_plugin_tb_n_insns(tb);
	uint64_t address = qemu_plugin_tb_vaddr(tb);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, QEMU_PLUGIN_INLINE_ADD_U64,
							  executed, instructions);
	if (in_kernel(address))
		qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(
			tb, QEMU_PLUGIN_INLINE_ADD_U64, of_kernel, instructions);
	if (blocks_file)
		qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(
			tb, QEMU_PLUGIN_INLINE_ADD_U64,
			count_of(in_kernel(address) ? place_of(address) : 0),
			instructions);
}

/* What was executed since the last time. */
static void write_blocks(void)
{
	FILE *file;

	rename(blocks_file, blocks_before);
	file = fopen(blocks_file, "we");
	if (!file) {
		perror(blocks_file);
		return;
	}
	for (size_t place = 0; place < PLACES; place++) {
		uint64_t count;

		if (place && !address_of[place])
			continue;
		count = qemu_plugin_u64_sum(count_of(place));
		if (count != answered[place])
			fprintf(file, "%" PRIx64 " %" PRIx64 "\n", address_of[place],
				count - answered[place]);
		answered[place] = count;
	}
	if (fclose(file))
		perror(blocks_file);
}

static void *answer(void *data)
{
	int listening = *(int *)data, fd;

	for (;;) {
		fd = accept(listening, NULL, NULL);
		if (fd < 0)
			continue;
		if (blocks_file)
			write_blocks();
		dprintf(fd, "%" PRIu64 " %" PRIu64 "\n", qemu_plugin_u64_sum(executed),
			qemu_plugin_u64_sum(of_kernel));
		close(fd);
	}
	return NULL;
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd >= 0 && !bind(fd, (struct sockaddr *)&address, sizeof(address)) &&
	    !listen(fd, 1))
		return fd;
	perror(path);
	return -1;
}

static qemu_plugin_u64 new_counter(void)
{
	return qemu_plugin_scoreboard_u64(qemu_plugin_scoreboard_new(sizeof(uint64_t)));
}

static char *value_of(char *argument, const char *name)
{
	size_t length = strlen(name);

	return strncmp(argument, name, length) ? NULL : argument + length;
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info,
					   int argc, char **argv)
{
	const char *socket_path = NULL;
	static int listening;
	pthread_t thread;
	bool known = true;

	(void)info;
	for (int i = 0; i < argc; i++) {
		if (value_of(argv[i], "socket="))
			socket_path = value_of(argv[i], "socket=");
		else if (value_of(argv[i], "blocks="))
			blocks_file = g_strdup(value_of(argv[i], "blocks="));
		else
			known = false;
	}
	if (!socket_path || !known) {
		fprintf(stderr,
			"usage: -plugin instructions.so,socket=PATH[,blocks=FILE]\n");
		return -1;
	}
	executed = new_counter();
	of_kernel = new_counter();
	if (blocks_file) {
		blocks_before = g_strconcat(blocks_file, ".before", NULL);
		by_place = qemu_plugin_scoreboard_new(PLACES * sizeof(uint64_t));
	}
	listening = listen_at(socket_path);
	if (listening < 0 || pthread_create(&thread, NULL, answer, &listening))
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_block);
	return 0;
}
