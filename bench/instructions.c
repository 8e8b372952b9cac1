// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plugin of QEMU's TCG: how many instructions the guest has executed, on all
 * processors, and how many of them in its kernel. Who connects to the socket gets both
 * numbers, in decimal.
 *
 *   -plugin instructions.so,socket=PATH
 *
 * A block that ends early, by a fault or an interrupt, counts as a whole; an instruction
 * that repeats itself (rep movsb) counts as often as QEMU starts its block.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <qemu-plugin.h>

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static qemu_plugin_u64 executed, of_kernel;

static void on_block(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t instructions = qemu_plugin_tb_n_insns(tb);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, QEMU_PLUGIN_INLINE_ADD_U64,
							  executed, instructions);
	if (qemu_plugin_tb_vaddr(tb) >> 63)
		qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(
			tb, QEMU_PLUGIN_INLINE_ADD_U64, of_kernel, instructions);
}

static void *answer(void *data)
{
	int listening = *(int *)data, fd;

	for (;;) {
		fd = accept(listening, NULL, NULL);
		if (fd < 0)
			continue;
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

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info,
					   int argc, char **argv)
{
	static const char socket_is[] = "socket=";
	static int listening;
	pthread_t thread;

	(void)info;
	if (argc != 1 || strncmp(argv[0], socket_is, strlen(socket_is))) {
		fprintf(stderr, "usage: -plugin instructions.so,socket=PATH\n");
		return -1;
	}
	executed =
		qemu_plugin_scoreboard_u64(qemu_plugin_scoreboard_new(sizeof(uint64_t)));
	of_kernel =
		qemu_plugin_scoreboard_u64(qemu_plugin_scoreboard_new(sizeof(uint64_t)));
	listening = listen_at(argv[0] + strlen(socket_is));
	if (listening < 0 || pthread_create(&thread, NULL, answer, &listening))
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_block);
	return 0;
}
