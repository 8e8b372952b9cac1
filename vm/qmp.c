// SPDX-License-Identifier: MIT
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qmp.h"

/* A QEMU that assigns a device pins the memory of its guest before it says hello. */
#define QMP_TIMEOUT_MS 30000

struct qmp {
	int fd;
	struct json_tokener *tokener;
	char buffer[4096]; /* received, not yet parsed */
	size_t used;
};

/* Reads the next object; the tokener keeps what is incomplete. */
static struct json_object *qmp_read(struct qmp *qmp)
{
	for (;;) {
		struct pollfd ready = {.fd = qmp->fd, .events = POLLIN};
		struct json_object *object;
		ssize_t got;
		int n;

		if (qmp->used) {
			size_t eaten;

			object = json_tokener_parse_ex(qmp->tokener, qmp->buffer,
						       (int)qmp->used);
			eaten = json_tokener_get_parse_end(qmp->tokener);
			memmove(qmp->buffer, qmp->buffer + eaten, qmp->used - eaten);
			qmp->used -= eaten;
			if (object)
				return object;
			if (json_tokener_get_error(qmp->tokener) !=
			    json_tokener_continue) {
				errno = EPROTO;
				return NULL;
			}
			continue;
		}
		n = poll(&ready, 1, QMP_TIMEOUT_MS);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n ? errno : ETIMEDOUT;
			return NULL;
		}
		got = read(qmp->fd, qmp->buffer, sizeof(qmp->buffer));
		if (got <= 0) {
			errno = got ? errno : ECONNRESET;
			return NULL;
		}
		qmp->used = (size_t)got;
	}
}

struct json_object *qmp_request(struct qmp *qmp, const char *request)
{
	size_t length = strlen(request);

	while (length) {
		ssize_t sent = send(qmp->fd, request, length, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return NULL;
		request += sent;
		length -= (size_t)sent;
	}
	for (;;) {
		struct json_object *object = qmp_read(qmp);

		if (!object || !json_object_object_get_ex(object, "event", NULL))
			return object;
		json_object_put(object);
	}
}

struct qmp *qmp_open(int fd)
{
	struct qmp *qmp = calloc(1, sizeof(*qmp));
	struct json_object *reply;

	if (!qmp) {
		close(fd);
		return NULL;
	}
	qmp->fd = fd;
	qmp->tokener = json_tokener_new();
	reply = qmp_read(qmp); /* the greeting */
	json_object_put(reply);
	if (reply)
		reply = qmp_request(qmp, "{\"execute\":\"qmp_capabilities\"}");
	if (!reply) {
		qmp_close(qmp);
		return NULL;
	}
	json_object_put(reply);
	return qmp;
}

void qmp_close(struct qmp *qmp)
{
	if (!qmp)
		return;
	close(qmp->fd);
	json_tokener_free(qmp->tokener);
	free(qmp);
}
