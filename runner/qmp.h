/* SPDX-License-Identifier: MIT */
/* The little of QMP that the runner needs: one request, its reply. */
#ifndef QMP_H
#define QMP_H

#include <json-c/json.h>

struct qmp;

/**
 * qmp_open() - talk to QEMU on a connected socket
 * @fd: socket; owned by the returned object
 * @seconds: that QEMU may be silent while we wait for it; one that assigns a device pins
 *the memory of its guest before it says hello
 *
 * Reads the greeting and leaves negotiation mode.
 * Returns NULL with errno set if QEMU does not answer as QMP does.
 */
struct qmp *qmp_open(int fd, unsigned int seconds);
void qmp_close(struct qmp *qmp);

/**
 * qmp_request() - send a request and wait for its reply
 * @request: one command; gets an id of ours
 *
 * Events, and late replies to requests that nobody waits for any more, are dropped.
 * Returns the reply ("return" or "error" inside), to be put with
 * json_object_put(), or NULL with errno set (ETIMEDOUT, EINVAL if @request is no object).
 */
struct json_object *qmp_request(struct qmp *qmp, struct json_object *request);

#endif
