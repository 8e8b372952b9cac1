/* SPDX-License-Identifier: MIT */
/* The little of QMP that the runner needs: one request, one reply. */
#ifndef QMP_H
#define QMP_H

#include <json-c/json.h>

struct qmp;

/**
 * qmp_open() - talk to QEMU on a connected socket
 * @fd: socket; owned by the returned object
 *
 * Reads the greeting and leaves negotiation mode. Waits 10 s at the most.
 * Returns NULL with errno set if QEMU does not answer as QMP does.
 */
struct qmp *qmp_open(int fd);
void qmp_close(struct qmp *qmp);

/**
 * qmp_request() - send a request and wait for its reply
 * @request: JSON text of one command
 *
 * Events that arrive before the reply are dropped.
 * Returns the reply ("return" or "error" inside), to be put with
 * json_object_put(), or NULL with errno set (ETIMEDOUT after 10 s).
 */
struct json_object *qmp_request(struct qmp *qmp, const char *request);

#endif
