// SPDX-License-Identifier: MIT
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qmp.h"

struct qmp {
	int fd, timeout_ms;
	int64_t id; /* of the last request */
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
		n = poll(&ready, 1, qmp->timeout_ms);
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

static int qmp_send(struct qmp *qmp, const char *text)
{
	size_t length = strlen(text);

	while (length) {
		ssize_t sent = send(qmp->fd, text, length, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -1;
		text += sent;
		length -= (size_t)sent;
	}
	return 0;
}

static bool is_reply(struct json_object *object, int64_t id)
{
	struct json_object *value;

	return json_object_object_get_ex(object, "id", &value) &&
	       json_object_is_type(value, json_type_int) &&
	       json_object_get_int64(value) == id;
}

struct json_object *qmp_request(struct qmp *qmp, struct json_object *request)
{
	if (!json_object_is_type(request, json_type_object)) {
		errno = EINVAL;
		return NULL;
	}
	json_object_object_add(request, "id", json_object_new_int64(++qmp->id));
	if (qmp_send(qmp,
		     json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN)))
		return NULL;
	for (;;) {
		struct json_object *object = qmp_read(qmp);

		if (!object || is_reply(object, qmp->id))
			return object;
		json_object_put(object);
	}
}

struct qmp *qmp_open(int fd, unsigned int seconds)
{
	struct qmp *qmp = calloc(1, sizeof(*qmp));
	struct json_object *reply, *request;

	if (!qmp) {
		close(fd);
		return NULL;
	}
	qmp->fd = fd;
	qmp->timeout_ms = (int)seconds * 1000;
	qmp->tokener = json_tokener_new();
	reply = qmp_read(qmp); /* the greeting */
	json_object_put(reply);
	if (reply) {
		request = json_tokener_parse("{\"execute\":\"qmp_capabilities\"}");
		reply = qmp_request(qmp, request);
		json_object_put(request);
	}
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
