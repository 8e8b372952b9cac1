// SPDX-License-Identifier: MIT
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "prime.h"
#include "frame.h"

#define LIMIT 180 /* seconds; compilers of shaders take their time in an emulator */

extern char **environ;

/* Beside the tool where it was built, in libexec where it was installed. */
static bool find_helper(const char *name, char *path, size_t size)
{
	char self[PATH_MAX], *slash;
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length < 0)
		return false;
	self[length] = 0;
	slash = strrchr(self, '/');
	if (!slash)
		return false;
	*slash = 0;
	if ((size_t)snprintf(path, size, "%s/%s", self, name) < size &&
	    !access(path, X_OK))
		return true;
	return (size_t)snprintf(path, size, "%s/../libexec/virtgpu-prime/%s", self,
				name) < size &&
	       !access(path, X_OK);
}

static pid_t start(char *const argv[], int output, int dmabuf)
{
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;
	int ret;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", 1, 0);
	/* To itself: it loses the flag that would close it. */
	posix_spawn_file_actions_adddup2(&actions, dmabuf, dmabuf);
	ret = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	errno = ret;
	return ret ? -1 : pid;
}

/* Returns false if nobody wrote the end in time. */
static bool read_all(int fd, char *text, size_t size)
{
	time_t end = time(NULL) + LIMIT;
	size_t used = 0;
	ssize_t got = 1;

	while (got > 0 && used < size - 1) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		time_t now = time(NULL);

		if (now >= end || poll(&wait, 1, (int)(end - now) * 1000) < 1)
			break;
		got = read(fd, text + used, size - 1 - used);
		used += got > 0 ? (size_t)got : 0;
	}
	text[used] = 0;
	return !got;
}

static void take_line(struct prime_gl *gl, const char *line)
{
	static const struct {
		const char *word;
		size_t offset, size;
	} fields[] = {
		{"renderer ", offsetof(struct prime_gl, renderer), sizeof(gl->renderer)},
		{"mesa ", offsetof(struct prime_gl, mesa), sizeof(gl->mesa)},
		{"fence ", offsetof(struct prime_gl, fence), sizeof(gl->fence)},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!strncmp(line, fields[i].word, strlen(fields[i].word))) {
			snprintf((char *)gl + fields[i].offset, fields[i].size, "%s",
				 line + strlen(fields[i].word));
			return;
		}
	snprintf(gl->error, sizeof(gl->error), "%s", line);
}

bool prime_gl_draw(const char *program, const char *node, int dmabuf, uint32_t width,
		   uint32_t height, uint32_t pitch, uint32_t seed, struct prime_gl *gl)
{
	char helper[PATH_MAX], numbers[5][16], output[4096], *line, *rest;
	char *const argv[] = {"prime-run", helper,     (char *)node,
			      numbers[0],  numbers[1], numbers[2],
			      numbers[3],  numbers[4], NULL};
	const uint32_t values[] = {(uint32_t)dmabuf, width, height, pitch, seed};
	int pipes[2], status = 0;
	bool ended;
	pid_t pid;

	memset(gl, 0, sizeof(*gl));
	for (size_t i = 0; i < 5; i++)
		snprintf(numbers[i], sizeof(numbers[i]), "%u", values[i]);
	if (!find_helper(program, helper, sizeof(helper)) || pipe(pipes)) {
		snprintf(gl->error, sizeof(gl->error), "%s is not there", program);
		return false;
	}
	pid = start(argv, pipes[1], dmabuf);
	close(pipes[1]);
	if (pid < 0) {
		snprintf(gl->error, sizeof(gl->error), "prime-run: %s", strerror(errno));
		close(pipes[0]);
		return false;
	}
	ended = read_all(pipes[0], output, sizeof(output));
	close(pipes[0]);
	if (!ended)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	for (line = strtok_r(output, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		take_line(gl, line);
	if (!ended)
		snprintf(gl->error, sizeof(gl->error), "nothing is drawn within %d s",
			 LIMIT);
	else if (WIFSIGNALED(status))
		snprintf(gl->error, sizeof(gl->error), "Mesa was ended by signal %d",
			 WTERMSIG(status));
	else if (WEXITSTATUS(status) == 127)
		snprintf(gl->error, sizeof(gl->error),
			 "the Mesa of prime-run is not installed");
	else if (WEXITSTATUS(status) && !gl->error[0])
		snprintf(gl->error, sizeof(gl->error), "status %d", WEXITSTATUS(status));
	gl->none = ended && WIFEXITED(status) && WEXITSTATUS(status) == PRIME_NO_DRIVER;
	return ended && !status;
}
