// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qmp.h"

/* QEMU: sends these texts, the first at once, each other after a request. */
struct fake {
	pthread_t thread;
	int fd;
	const char *const *says;
	char heard[4096];
};

static void *speak(void *data)
{
	struct fake *fake = data;
	size_t used = 0;

	for (const char *const *text = fake->says; *text; text++) {
		ssize_t got;

		assert_int_equal(write(fake->fd, *text, strlen(*text)), strlen(*text));
		got = read(fake->fd, fake->heard + used, sizeof(fake->heard) - 1 - used);
		if (got <= 0)
			break;
		used += (size_t)got;
	}
	return NULL;
}

#define GREETING "{\"QMP\":{}}\r\n"
#define READY "{\"return\":{},\"id\":1}\r\n"

static struct qmp *start(struct fake *fake, const char *const *says, unsigned int seconds)
{
	int ends[2];

	memset(fake, 0, sizeof(*fake));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	fake->fd = ends[1];
	fake->says = says;
	assert_int_equal(pthread_create(&fake->thread, NULL, speak, fake), 0);
	return qmp_open(ends[0], seconds);
}

static void end(struct fake *fake, struct qmp *qmp)
{
	qmp_close(qmp);
	pthread_join(fake->thread, NULL);
	close(fake->fd);
}

/* What the reply to a command returns, -1 if there is none. */
static int answer(struct qmp *qmp, const char *text)
{
	struct json_object *request = json_tokener_parse(text), *reply, *value;
	int result = -1;

	reply = qmp_request(qmp, request);
	json_object_put(request);
	if (reply && json_object_object_get_ex(reply, "return", &value))
		result = json_object_get_int(value);
	json_object_put(reply);
	return result;
}

static void replies_have_ids(void **state)
{
	const char *const says[] = {GREETING, READY,
				    "{\"event\":\"STOP\"}{\"return\":7,\"id\":2}", NULL};
	struct fake fake;
	struct qmp *qmp = start(&fake, says, 300);

	(void)state;
	assert_non_null(qmp);
	assert_int_equal(answer(qmp, "{\"execute\":\"a\"}"), 7);
	end(&fake, qmp);
	assert_non_null(strstr(fake.heard, "\"id\":2"));
}

/* What comes after its time is no answer to the next request. */
static void late_replies_are_nobodys(void **state)
{
	const char *const says[] = {GREETING, READY, "{\"ret",
				    "urn\":7,\"id\":2}{\"return\":8,\"id\":3}", NULL};
	struct fake fake;
	struct qmp *qmp = start(&fake, says, 3);

	(void)state;
	assert_non_null(qmp);
	assert_int_equal(answer(qmp, "{\"execute\":\"a\"}"), -1);
	assert_int_equal(errno, ETIMEDOUT);
	assert_int_equal(answer(qmp, "{\"execute\":\"b\"}"), 8);
	end(&fake, qmp);
}

static void others_ids_are_not_taken(void **state)
{
	const char *const says[] = {
		GREETING, READY,
		"{\"return\":1}{\"return\":2,\"id\":\"2\"}{\"return\":3,\"id\":2}", NULL};
	struct fake fake;
	struct qmp *qmp = start(&fake, says, 300);

	(void)state;
	assert_int_equal(answer(qmp, "{\"execute\":\"a\",\"id\":9}"), 3);
	end(&fake, qmp);
}

static void what_is_no_object_is_no_request(void **state)
{
	const char *const says[] = {GREETING, READY, NULL};
	struct fake fake;
	struct qmp *qmp = start(&fake, says, 300);

	(void)state;
	assert_int_equal(answer(qmp, "[1]"), -1);
	assert_int_equal(errno, EINVAL);
	end(&fake, qmp);
}

static void nonsense_is_no_qemu(void **state)
{
	const char *const says[] = {"hello", NULL};
	struct fake fake;

	(void)state;
	assert_null(start(&fake, says, 300));
	assert_int_equal(errno, EPROTO);
	pthread_join(fake.thread, NULL);
	close(fake.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_have_ids),
		cmocka_unit_test(late_replies_are_nobodys),
		cmocka_unit_test(others_ids_are_not_taken),
		cmocka_unit_test(what_is_no_object_is_no_request),
		cmocka_unit_test(nonsense_is_no_qemu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
