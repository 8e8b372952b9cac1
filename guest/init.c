// SPDX-License-Identifier: MIT
/*
 * init: process 1 of the guest, from the initramfs to the verdict.
 *
 * Mounts the Debian tree that the host shares, with a writable layer in memory,
 * loads virtio-gpu, runs the job and reports to the runner's verdict port what
 * the job and the kernel had to say. The kernel command line carries prime.dir
 * (results and job), prime.modules, prime.driver and prime.shell, and how 9p caches
 * what is in out, if at all, in prime.cache.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../runner/klog.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define NINEP "trans=virtio,version=9p2000.L,msize=512000"

/* The modules are ours and unsigned: neither says anything about the kernel. */
#define TAINT_EXPECTED                                                \
	((1ul << 12 /* out of tree */) | (1ul << 13 /* unsigned */) | \
	 (1ul << 18 /* KUnit */))

#define TAINT_WARN (1ul << 9)

static char command_line[4096];
static int verdict_port = -1;

/* A failure before the job ends the machine: the runner shows the console. */
static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("init: ", stderr);
	vfprintf(stderr, format, args);
	fprintf(stderr, ": %s\n", strerror(errno));
	va_end(args);
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vdprintf(verdict_port, format, args);
	va_end(args);
}

static void mount_at(const char *source, const char *target, const char *type,
		     unsigned long flags, const char *data)
{
	mkdir(target, 0755);
	if (mount(source, target, type, flags, data))
		die("mount %s on %s", source, target);
}

/* Returns the value of name= on the kernel's command line, NULL if absent. */
static const char *parameter(const char *name)
{
	static char copy[ARRAY_SIZE(command_line)];
	size_t length = strlen(name);
	char *word, *rest;

	strcpy(copy, command_line);
	for (word = strtok_r(copy, " \n", &rest); word;
	     word = strtok_r(NULL, " \n", &rest))
		if (!strncmp(word, name, length) && word[length] == '=')
			return word + length + 1;
	return NULL;
}

/* The runner gives these to every machine. */
static const char *required(const char *name)
{
	const char *value = parameter(name);

	if (value)
		return value;
	errno = EINVAL;
	die("no %s= on the command line of the kernel", name);
	return NULL;
}

static size_t read_file(const char *path, char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t got;

	while (fd >= 0 && used < size - 1 &&
	       (got = read(fd, buffer + used, size - 1 - used)) > 0)
		used += (size_t)got;
	buffer[used] = 0;
	if (fd >= 0)
		close(fd);
	return used;
}

/* The kernels of distributions need modules to reach the shares. */
static void load_early_modules(void)
{
	char line[PATH_MAX];
	FILE *list = fopen("/modules.list", "re");

	while (list && fgets(line, sizeof(line), list)) {
		int fd;

		line[strcspn(line, "\n")] = 0;
		fd = open(line, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
			die("%s", line);
		close(fd);
	}
	if (list)
		fclose(list);
}

static void mount_root(void)
{
	const char *cache = parameter("prime.cache");
	char options[128];

	mount_at("tmpfs", "/rw", "tmpfs", 0, NULL);
	mkdir("/rw/upper", 0755);
	mkdir("/rw/work", 0755);
	mount_at("root", "/ro", "9p", MS_RDONLY, NINEP ",cache=loose");
	mount_at("overlay", "/tree", "overlay", 0,
		 "lowerdir=/ro,upperdir=/rw/upper,workdir=/rw/work");
	snprintf(options, sizeof(options), NINEP ",cache=%s", cache ? cache : "none");
	mount_at("out", "/tree/prime/out", "9p", 0, options);
	if (chdir("/tree") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") ||
	    chdir("/"))
		die("switch to the tree");
	mount_at("proc", "/proc", "proc", 0, NULL);
	mount_at("sysfs", "/sys", "sysfs", 0, NULL);
	mount_at("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount_at("devpts", "/dev/pts", "devpts", 0, NULL);
	mount_at("tmpfs", "/dev/shm", "tmpfs", 0, NULL);
	mount_at("tmpfs", "/run", "tmpfs", 0, NULL);
	mount_at("tmpfs", "/tmp", "tmpfs", 0, NULL);
	mount_at("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	mount_at("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
}

/* Opens the virtio-serial port that the runner calls prime.NAME, if it is there yet. */
static int try_port(const char *name)
{
	char path[PATH_MAX], found[64], wanted[64];
	DIR *ports = opendir("/sys/class/virtio-ports");
	struct dirent *entry;
	int fd = -1;

	snprintf(wanted, sizeof(wanted), "prime.%s\n", name);
	while (ports && fd < 0 && (entry = readdir(ports))) {
		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name",
			 entry->d_name);
		if (entry->d_name[0] == '.' || !read_file(path, found, sizeof(found)) ||
		    strcmp(found, wanted))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		snprintf(path, sizeof(path), "/run/prime.%s", name);
		symlink(entry->d_name, path);
	}
	if (ports)
		closedir(ports);
	return fd;
}

/* The driver finds its ports one after the other; the runner ends a boot that does not.
 */
static int open_port(const char *name)
{
	int fd;

	while ((fd = try_port(name)) < 0)
		usleep(20000);
	return fd;
}

static int run(const char *program, ...)
{
	char *argv[16] = {(char *)program};
	int status = -1, n = 1;
	va_list args;
	pid_t pid;

	va_start(args, program);
	while (n < 15 && (argv[n] = va_arg(args, char *)))
		n++;
	va_end(args);
	pid = fork();
	if (!pid) {
		execv(program, argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/*
 * Ours takes the place of the kernel's own file, so that every way to load the
 * driver (modprobe, IGT, hotplug) gets the one that the run is about.
 */
static void load_driver(void)
{
	const char *modules = required("prime.modules");
	char driver[PATH_MAX], path[PATH_MAX];
	struct utsname kernel;
	size_t length;

	if (mount(modules, "/lib/modules", NULL, MS_BIND, NULL))
		die("mount %s", modules);
	snprintf(driver, sizeof(driver), "%s", required("prime.driver"));
	if (strcmp(driver, "stock")) {
		const char *suffix[] = {"", ".xz", ".zst"};
		size_t i;

		uname(&kernel);
		length = (size_t)snprintf(
			path, sizeof(path),
			"/lib/modules/%s/kernel/drivers/gpu/drm/virtio/virtio-gpu.ko",
			kernel.release);
		for (i = 0; i < ARRAY_SIZE(suffix); i++) {
			strcpy(path + length, suffix[i]);
			if (!mount(driver, path, NULL, MS_BIND, NULL))
				break;
		}
		if (i == ARRAY_SIZE(suffix))
			die("put %s in the place of the kernel's virtio-gpu.ko", driver);
	}
	if (run("/usr/sbin/modprobe", "virtio-gpu", NULL))
		die("modprobe virtio-gpu");
}

static void set_environment(void)
{
	clearenv();
	setenv("PATH", "/prime/out/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
	       1);
	setenv("HOME", "/tmp", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("XDG_RUNTIME_DIR", "/run", 1);
	setenv("TERM", "linux", 1);
	setenv("PRIME_DIR", required("prime.dir"), 1);
}

static pid_t start_job(bool shell)
{
	char job[PATH_MAX];
	pid_t pid;
	int fd;

	snprintf(job, sizeof(job), "%s/job", required("prime.dir"));
	pid = fork();
	if (pid)
		return pid;
	setsid();
	fd = shell ? open("/dev/hvc0", O_RDWR) : open_port("output");
	if (fd < 0)
		_exit(126);
	dup2(shell ? fd : open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	if (shell)
		ioctl(STDIN_FILENO, TIOCSCTTY, 0);
	if (chdir("/prime"))
		_exit(126);
	execl("/bin/bash", "bash", job, (char *)NULL);
	_exit(127);
}

/* Waits for the job and reaps what others leave behind. */
static int wait_for(pid_t job)
{
	int status;
	pid_t pid;

	while ((pid = wait(&status)) != job)
		if (pid < 0 && errno == ECHILD)
			return 128;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* "<3>[    1.5] text": the facility is in it as well. */
static int level_of(const char *line)
{
	return *line == '<' ? atoi(line + 1) & 7 : KLOG_DEBUG;
}

/* Complaints in the kernel's log. Returns whether vblanks that were late are all of them.
 */
static bool find_complaints(void)
{
	static char log[4 << 20];
	struct klog_igt igt = {0};
	char *line, *rest;
	int found = 0, late = 0, size;

	size = klogctl(3 /* read all */, log, sizeof(log) - 1);
	if (size <= 0)
		say("finding the kernel's log cannot be read: %s\n", strerror(errno));
	log[size > 0 ? size : 0] = 0;
	for (line = strtok_r(log, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		enum klog klog = klog_line_outside(&igt, line, level_of(line));

		if ((klog == KLOG_SPLAT || klog == KLOG_ERROR) && found++ < 5)
			say("finding %s\n", line);
		if (klog == KLOG_LATE && late++ < 1000)
			say("late %s\n", line);
	}
	return late && !found && size > 0;
}

static void find_taint(bool only_late)
{
	char text[4096];
	unsigned long taint;
	char *locks;

	read_file("/proc/sys/kernel/tainted", text, sizeof(text));
	taint = strtoul(text, NULL, 10) & ~TAINT_EXPECTED;
	if (only_late) /* the runner judges these */
		taint &= ~TAINT_WARN;
	if (taint)
		say("finding taint 0x%lx\n", taint);
	read_file("/proc/lockdep_stats", text, sizeof(text));
	locks = strstr(text, "debug_locks:");
	if (locks && !strtoul(locks + strlen("debug_locks:"), NULL, 10))
		say("finding lockdep switched itself off\n");
}

/* The first scan only remembers what is new, the second reports it. */
static void find_leaks(void)
{
	static char text[65536];
	int fd = open("/sys/kernel/debug/kmemleak", O_WRONLY | O_CLOEXEC);
	char *line, *rest;
	int found = 0;

	if (fd < 0)
		return; /* not in this kernel */
	for (int scan = 0; scan < 2; scan++) {
		say("now scan %d for leaks\n", scan + 1);
		if (write(fd, "scan", 4) != 4)
			say("finding kmemleak cannot scan: %s\n", strerror(errno));
		sleep(scan ? 0 : 5); /* younger objects are not reported */
	}
	close(fd);
	read_file("/sys/kernel/debug/kmemleak", text, sizeof(text));
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (found++ < 12)
			say("finding kmemleak: %s\n", line);
}

int main(void)
{
	struct utsname kernel;
	bool shell;
	int console;

	mkdir("/proc", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	console = open("/dev/console", O_RDWR);
	for (int fd = 0; console >= 0 && fd < 3; fd++)
		dup2(console, fd);
	read_file("/proc/cmdline", command_line, sizeof(command_line));
	load_early_modules();
	mount_root();
	verdict_port = open_port("verdict");
	close(open_port("host"));
	uname(&kernel);
	say("boot %s\n", kernel.release);
	set_environment();
	load_driver();
	shell = atoi(required("prime.shell"));
	say("exit %d\n", wait_for(start_job(shell)));
	find_leaks();
	say("now the kernel's log\n");
	find_taint(find_complaints());
	say("end\n");
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
