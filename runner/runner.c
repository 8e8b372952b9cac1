// SPDX-License-Identifier: MIT
/*
 * runner: boot a machine of a lane, run one job in it, report the verdict.
 *
 * Runs inside the Debian tree. Everything of a run lands in --dir: the job, the
 * console, QEMU's own words, the output of the job, screenshots. Everything
 * that is started dies with the runner, however that dies.
 *
 * A lane may want an outer machine to be its host. The runner then boots that
 * one, and what it runs there is itself, with --inner; the results of the outer
 * machine go to DIR/outer.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "klog.h"
#include "lane.h"
#include "qmp.h"
#include "screen.h"
#include "starved.h"
#include "verdict.h"

static struct {
	char *lane, *dir, *kernel, *initrd, *modules, *driver;
	char *qemu, *gpu, *blob, *accel;
	char *outer, *plugin;
	int timeout; /* seconds for the job */
	gboolean shell, quiet, inner;
	char **job;
} opt = {.timeout = 300};

static const GOptionEntry options[] = {
	{"lane", 0, 0, G_OPTION_ARG_FILENAME, &opt.lane, "Lane file", "FILE"},
	{"dir", 0, 0, G_OPTION_ARG_FILENAME, &opt.dir, "Where results go", "DIR"},
	{"kernel", 0, 0, G_OPTION_ARG_FILENAME, &opt.kernel, "Kernel image", "FILE"},
	{"initrd", 0, 0, G_OPTION_ARG_FILENAME, &opt.initrd, "Initramfs with our init",
	 "FILE"},
	{"modules", 0, 0, G_OPTION_ARG_FILENAME, &opt.modules,
	 "lib/modules of the kernel", "DIR"},
	{"driver", 0, 0, G_OPTION_ARG_FILENAME, &opt.driver,
	 "virtio-gpu.ko to use instead of the kernel's own", "FILE"},
	{"qemu", 0, 0, G_OPTION_ARG_STRING, &opt.qemu, "stock or patched [stock]",
	 "WORD"},
	{"gpu", 0, 0, G_OPTION_ARG_STRING, &opt.gpu,
	 "gl, 2d, gl+2d, 2d+gl, kept, vga or none [gl]", "WORD"},
	{"blob", 0, 0, G_OPTION_ARG_STRING, &opt.blob, "on or off [off]", "WORD"},
	{"accel", 0, 0, G_OPTION_ARG_STRING, &opt.accel, "kvm or tcg [tcg]", "WORD"},
	{"outer", 0, 0, G_OPTION_ARG_FILENAME, &opt.outer,
	 "Kernel of the lane's outer machine; its initramfs is DIR.cpio", "DIR"},
	{"plugin", 0, 0, G_OPTION_ARG_FILENAME, &opt.plugin,
	 "Of QEMU, which counts instructions (bench/instructions.c)", "FILE"},
	{"inner", 0, 0, G_OPTION_ARG_NONE, &opt.inner,
	 "Runs in the outer machine (for the runner's own use)", NULL},
	{"timeout", 0, 0, G_OPTION_ARG_INT, &opt.timeout, "Limit for the job [300]",
	 "SECONDS"},
	{"shell", 0, 0, G_OPTION_ARG_NONE, &opt.shell, "Interactive prompt, no job",
	 NULL},
	{"quiet", 'q', 0, G_OPTION_ARG_NONE, &opt.quiet,
	 "Keep the job's output to the file", NULL},
	{G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &opt.job, NULL, NULL},
	{0},
};

enum port { PORT_VERDICT, PORT_OUTPUT, PORT_HOST, PORT_QMP, PORT_COUNT };

#define RUNS "/prime/out/run/"
#define MAX_UNREAD (1 << 20) /* bytes that wait for the guest, or of a line of its */
#define QMP_SECONDS 300
#define TALKATIVE 10 /* limits for who always has something to say */

static const char instructions[] = "instructions"; /* the plugin's socket */
static const char *const port_name[PORT_COUNT] = {"verdict", "output", "host", "qmp"};

static struct run {
	const char *guest; /* what messages call it */
	char **words; /* our own command line */
	char *job;
	int tries; /* of a boot, as the lane says */
	GMainLoop *loop;
	struct lane *lane;
	struct lane_axes axes;
	struct verdict verdict;
	char *sockets; /* directory of the ports */
	int port[PORT_COUNT];
	GString *line[PORT_COUNT]; /* not yet complete */
	GString *answer; /* what the guest has not read yet */
	guint answering; /* the source that sends it, or 0 */
	FILE *output, *echo;
	struct qmp *qmp;
	char *display;
	GPid xvfb, machine;
	guint deadline, watch;
	const char *phase; /* for messages: boot, job, shutdown */
	unsigned int limit; /* of the phase, in seconds that the machine could run in */
	gint64 since; /* when the phase began */
	double starved_before; /* what starved_seconds() was then */
	double heard; /* phase_seconds() when the console last grew */
	struct starved starved;
	gint64 started, booted, job_ended; /* 0: not yet */
	double processors; /* seconds of them that the machine took */
	double silent_since; /* what that was when the console last grew */
	off_t console; /* bytes of it then */
	gboolean timed_out, silent, interrupted;
	gboolean broke; /* QEMU ended by itself, and not as the guest had it */
	unsigned int inner_seconds; /* to boot in; 0 if ours is no outer machine */
	gboolean inner_booted;
	struct termios terminal;
	gboolean terminal_saved;
} run;

static void complain(const char *format, ...) G_GNUC_PRINTF(1, 2);

static void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("runner: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

static char *result_path(const char *name)
{
	return g_build_filename(opt.dir, name, NULL);
}

static const char hypervisor_panic[] = "(XEN) Panic on CPU ";

/* Returns the line of a console that says so, or NULL. */
static const char *find_panic(const char *text)
{
	const char *line = strstr(text, hypervisor_panic);

	if (!line)
		line = strstr(text, "Kernel panic - not syncing");
	while (line && line > text && line[-1] != '\n')
		line--;
	return line;
}

/* The last lines of a file of the run, for a person who wants to know why. A panic is one
 * of them, however long its trace is.
 */
static void show_tail(const char *name, unsigned int lines)
{
	g_autofree char *path = result_path(name);
	g_autofree char *text = NULL;
	const char *start, *panic;
	gsize length;

	if (!g_file_get_contents(path, &text, &length, NULL) || !length)
		return;
	panic = find_panic(text);
	fprintf(stderr, "--- end of %s\n", path);
	for (start = text + length - 1; start > text; start--)
		if (*start == '\n' && start[1] && !lines--) {
			start++;
			break;
		}
	fputs(panic && panic < start ? panic : start, stderr);
	fputs("---\n", stderr);
}

static void with_parent_dies(gpointer data)
{
	(void)data;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0); /* Ctrl-C is ours to handle */
}

static void interactive_child(gpointer data)
{
	(void)data;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static int open_log(const char *name)
{
	g_autofree char *path = result_path(name);

	return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
}

static int listen_port(enum port port, GError **error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", run.sockets,
		   port_name[port]);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(fd, 1)) {
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s",
			    address.sun_path, g_strerror(errno));
		return -1;
	}
	return fd;
}

static void add(GPtrArray *argv, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void add(GPtrArray *argv, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_ptr_array_add(argv, g_strdup_vprintf(format, args));
	va_end(args);
}

/*
 * The guest has to live through a suspend, which the driver of 9p does not know.
 * It leaves devices alone that keep their state in D3, and only PCI express ones
 * can say so: each of ours gets a port, where there are any.
 */
static void add_device(GPtrArray *argv, const char *name, const char *device)
{
	g_autofree char *bus = lane_common(run.lane, "bus");

	add(argv, "-device");
	if (!g_strcmp0(bus, "pci")) {
		add(argv, "%s", device);
		return;
	}
	add(argv, "pcie-root-port,id=port-%s,chassis=%u", name, argv->len);
	add(argv, "-device");
	add(argv, "%s,bus=port-%s,x-pcie-pm-no-soft-reset=on", device, name);
}

static void add_share(GPtrArray *argv, const char *name, const char *path)
{
	g_autofree char *device =
		g_strdup_printf("virtio-9p-pci,fsdev=%s,mount_tag=%s", name, name);

	add(argv, "-fsdev");
	add(argv, "local,id=%s,path=%s,security_model=none,multidevs=remap", name, path);
	add_device(argv, name, device);
}

/* A hypervisor takes kernel and initramfs as modules; the first has arguments. */
static void add_kernel(GPtrArray *argv)
{
	g_autofree char *hypervisor = lane_common(run.lane, "hypervisor");
	g_autofree char *hypervisor_append = lane_common(run.lane, "hypervisor-append");
	g_autofree char *append = lane_common(run.lane, "append");
	g_autofree char *line = g_strdup_printf(
		"console=ttyS0 panic=-1 oops=panic prime.dir=%s prime.modules=%s prime.driver=%s "
		"prime.shell=%d%s%s",
		opt.dir, opt.modules, opt.driver ? opt.driver : "stock", opt.shell,
		append ? " " : "", append ? append : "");

	add(argv, "-kernel");
	add(argv, "%s", hypervisor ? hypervisor : opt.kernel);
	add(argv, "-initrd");
	if (hypervisor)
		add(argv, "%s %s,%s", opt.kernel, line, opt.initrd);
	else
		add(argv, "%s", opt.initrd);
	add(argv, "-append");
	add(argv, "%s", !hypervisor ? line : hypervisor_append ? hypervisor_append : "");
}

/* What does not depend on the lane: kernel, shares and ports. */
static void add_machine(GPtrArray *argv)
{
	add_kernel(argv);
	add_share(argv, "root", "/,readonly=on");
	add_share(argv, "out", "/prime/out");
	add(argv, "-serial");
	add(argv, "file:%s/console.log", opt.dir);
	add_device(argv, "serial", "virtio-serial-pci,max_ports=8");
	for (int port = 0; port < PORT_QMP; port++) {
		add(argv, "-chardev");
		add(argv, "socket,id=%s,path=%s/%s", port_name[port], run.sockets,
		    port_name[port]);
		add(argv, "-device");
		add(argv, "virtserialport,chardev=%s,name=prime.%s", port_name[port],
		    port_name[port]);
	}
	if (opt.shell) {
		add(argv, "-chardev");
		add(argv, "stdio,id=terminal,signal=off");
		add(argv, "-device");
		add(argv, "virtconsole,chardev=terminal");
	}
	if (opt.plugin) {
		add(argv, "-plugin");
		add(argv, "%s,socket=%s/%s", opt.plugin, run.sockets, instructions);
	}
	add(argv, "-qmp");
	add(argv, "unix:%s/%s", run.sockets, port_name[PORT_QMP]);
	g_ptr_array_add(argv, NULL);
}

static gboolean start_machine(GError **error)
{
	g_autoptr(GPtrArray) argv = lane_argv(run.lane, &run.axes, error);
	g_auto(GStrv) env = g_get_environ();
	int log;

	if (!argv)
		return FALSE;
	add_machine(argv);
	env = g_environ_setenv(env, "LIBGL_ALWAYS_SOFTWARE", "1", TRUE);
	env = g_environ_setenv(env, "SDL_VIDEODRIVER", "x11", TRUE);
	env = g_environ_setenv(env, "XDG_RUNTIME_DIR", "/tmp", TRUE);
	if (run.display)
		env = g_environ_setenv(env, "DISPLAY", run.display, TRUE);
	log = open_log("qemu.log");
	for (guint i = 0; i < argv->len - 1; i++)
		dprintf(log, "%s%s", i ? " " : "+ ", (char *)g_ptr_array_index(argv, i));
	dprintf(log, "\n");
	if (!g_spawn_async_with_pipes_and_fds(
		    NULL, (const char *const *)argv->pdata, (const char *const *)env,
		    G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
			    G_SPAWN_CHILD_INHERITS_STDIN,
		    opt.shell ? interactive_child : with_parent_dies, NULL, -1,
		    opt.shell ? STDOUT_FILENO : log, log, NULL, NULL, 0, &run.machine,
		    NULL, NULL, NULL, error))
		return FALSE;
	close(log);
	return TRUE;
}

/* Seconds of processors that a process has used; under TCG a guest's are in them. */
static double processor_seconds(GPid pid)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)pid);
	unsigned long user = 0, system = 0;
	g_autofree char *text = NULL;
	const char *end;

	/* The name in parentheses may have anything in it. */
	if (g_file_get_contents(path, &text, NULL, NULL) && (end = strrchr(text, ')')))
		sscanf(end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
		       &user, &system);
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* Asks the outer machine's runner, whose guest ours is in, for @what. Returns NULL if it
 * does not answer. */
static char *ask_outer(const char *what)
{
	g_autofree char *command = g_strdup_printf("out/bin/vmhost %s", what);
	g_autoptr(GError) error = NULL;
	g_autofree char *answer = NULL;
	int status;

	if (g_spawn_command_line_sync(command, &answer, NULL, &status, &error) &&
	    g_spawn_check_wait_status(status, &error))
		return g_steal_pointer(&answer);
	complain("the outer runner does not answer: %s", error->message);
	return NULL;
}

/* Seconds so far in which the machine could have run, and others did. In an outer
 * machine, that one's: nothing else competes for its processors.
 */
static double starved_seconds(void)
{
	g_autofree char *outer = opt.inner ? ask_outer("starved") : NULL;

	if (opt.inner)
		return outer ? g_ascii_strtod(outer, NULL) : run.starved_before;
	starved_sample(&run.starved, run.machine ? run.machine : run.xvfb);
	return run.starved.seconds;
}

/* Seconds of the phase that count: a busy machine stretches no limit and breaks none. */
static double phase_seconds(void)
{
	return (double)(g_get_monotonic_time() - run.since) / 1e6 -
	       (starved_seconds() - run.starved_before);
}

/*
 * What waits for a disk does not wait for a processor, and gets late as well. So whoever
 * boots or shuts down has the limit anew with each word on its console, as long as there
 * is an end. A job has what its caller gives it.
 */
static gboolean talks(void)
{
	return !opt.inner && !g_str_equal(run.phase, "job");
}

static unsigned int phase_limit(void)
{
	return talks() ? TALKATIVE * run.limit : run.limit;
}

static double seconds_left(double seconds)
{
	double left = phase_limit() - seconds;

	return talks() ? MIN(left, run.heard + run.limit - seconds) : left;
}

static gboolean on_deadline(gpointer data)
{
	double seconds = phase_seconds(), left = seconds_left(seconds);

	(void)data;
	if (left > 0.05) {
		run.deadline =
			g_timeout_add((guint)MAX(left * 1000, 500), on_deadline, NULL);
		return G_SOURCE_REMOVE;
	}
	if (phase_limit() - seconds > 0.05)
		complain("no end of the %s's %s, and not a word for %u s", run.guest,
			 run.phase, run.limit);
	else
		complain("no end of the %s's %s after %u s", run.guest, run.phase,
			 phase_limit());
	run.deadline = 0;
	run.timed_out = TRUE;
	g_main_loop_quit(run.loop);
	return G_SOURCE_REMOVE;
}

static void look_at_console(void)
{
	g_autofree char *path = result_path("console.log");
	struct stat console;

	/* Those boot in silence, and to ask the outer machine for the time takes its
	 * time. */
	if (opt.inner || stat(path, &console) || console.st_size == run.console)
		return;
	run.console = console.st_size;
	run.silent_since = run.processors;
	run.heard = phase_seconds();
}

/*
 * A boot that hangs takes what it gets of processors, and says nothing. Inner guests
 * have the outer machine's processors to themselves.
 */
static void end_silent_boot(void)
{
	/* A kernel that unpacks itself says nothing either. */
	unsigned int limit = MAX(run.limit / 2, 5);

	if (opt.inner || run.booted || run.timed_out)
		return;
	if (run.processors - run.silent_since < limit)
		return;
	complain("the %s said nothing in its boot for %u s of processors", run.guest,
		 limit);
	run.timed_out = run.silent = TRUE;
	g_main_loop_quit(run.loop);
}

static gboolean on_sample(gpointer data)
{
	(void)data;
	starved_sample(&run.starved, run.machine);
	if (run.machine)
		run.processors = processor_seconds(run.machine);
	look_at_console();
	end_silent_boot();
	return G_SOURCE_CONTINUE;
}

static void start_phase(const char *phase, unsigned int seconds)
{
	run.phase = phase;
	run.limit = seconds;
	run.since = g_get_monotonic_time();
	run.starved_before = starved_seconds();
	run.heard = 0;
}

static void enter_phase(const char *phase, unsigned int seconds)
{
	start_phase(phase, seconds);
	if (run.deadline)
		g_source_remove(run.deadline);
	run.deadline = g_timeout_add_seconds(seconds, on_deadline, NULL);
}

/* Xvfb's number of a display, a line of its own. Returns -1 if it died, or took as long
 * as a boot may. */
static int read_number(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	char line[16] = "";
	size_t used = 0;

	start_phase("display", lane_seconds(run.lane, &run.axes, "boot"));
	while (used < sizeof(line) - 1 && !strchr(line, '\n')) {
		ssize_t got;

		if (poll(&ready, 1, 500) <= 0) {
			if (phase_seconds() > run.limit)
				return -1;
			continue;
		}
		got = read(fd, line + used, sizeof(line) - 1 - used);
		if (got <= 0)
			return -1;
		used += (size_t)got;
	}
	return atoi(line);
}

static gboolean start_display(GError **error)
{
	const char *argv[] = {"Xvfb",	      "-displayfd", "3",   "-screen", "0",
			      "8192x2304x24", "-nolisten",  "tcp", NULL};
	int log = open_log("xvfb.log"), numbers[2], target = 3, number;

	if (!g_unix_open_pipe(numbers, FD_CLOEXEC, error))
		return FALSE;
	if (!g_spawn_async_with_pipes_and_fds(
		    NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD,
		    with_parent_dies, NULL, -1, log, log, &numbers[1], &target, 1,
		    &run.xvfb, NULL, NULL, NULL, error))
		return FALSE;
	close(numbers[1]);
	close(log);
	number = read_number(numbers[0]);
	close(numbers[0]);
	if (number < 0) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
			    "Xvfb did not start");
		show_tail("xvfb.log", 10);
		return FALSE;
	}
	run.display = g_strdup_printf(":%d", number);
	return TRUE;
}

static void enter_job(void)
{
	run.inner_booted = TRUE;
	enter_phase("job", opt.shell ? G_MAXINT / 1000 : (unsigned int)opt.timeout);
}

static struct json_object *screendump(const char *path)
{
	struct json_object *request = json_object_new_object();
	struct json_object *arguments = json_object_new_object(), *reply;

	json_object_object_add(arguments, "filename", json_object_new_string(path));
	json_object_object_add(arguments, "format", json_object_new_string("png"));
	json_object_object_add(request, "execute", json_object_new_string("screendump"));
	json_object_object_add(request, "arguments", arguments);
	reply = qmp_request(run.qmp, request);
	json_object_put(request);
	return reply;
}

/* Bytes of code that QEMU has translated: the more, the longer an emulated guest runs. */
static unsigned long translated(void)
{
	struct json_object *request = json_object_new_object();
	struct json_object *reply = NULL, *result, *text;
	const char *size = NULL;
	unsigned long bytes = 0;

	json_object_object_add(request, "execute", json_object_new_string("x-query-jit"));
	if (run.qmp)
		reply = qmp_request(run.qmp, request);
	if (reply && json_object_object_get_ex(reply, "return", &result) &&
	    json_object_object_get_ex(result, "human-readable-text", &text))
		size = strstr(json_object_get_string(text), "gen code size");
	if (size)
		sscanf(size, "gen code size %lu", &bytes);
	json_object_put(reply);
	json_object_put(request);
	return bytes;
}

/* Memory of QEMU itself, where the host's side of resources is: the guest's own is
 * shared. Not above 0 if nobody knows. */
static long machine_kilobytes(void)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/status", (int)run.machine);
	g_autofree char *text = NULL;
	const char *line;

	if (!g_file_get_contents(path, &text, NULL, NULL) ||
	    !(line = strstr(text, "RssAnon:")))
		return 0;
	return strtol(line + strlen("RssAnon:"), NULL, 10) - (long)(translated() / 1024);
}

static int screenshot(const char *name)
{
	g_autofree char *file = g_strdup_printf("%s.png", name);
	g_autofree char *path = result_path(file);
	struct picture picture;
	struct json_object *reply;
	int ret;

	if (strchr(name, '/') || !*name)
		return -EINVAL;
	if (run.display) {
		ret = screen_grab(run.display, &picture);
		if (!ret)
			ret = picture_save(&picture, path);
		picture_clear(&picture);
		return ret;
	}
	reply = run.qmp ? screendump(path) : NULL;
	ret = reply && json_object_object_get_ex(reply, "return", NULL) ? 0 : -EIO;
	json_object_put(reply);
	return ret;
}

static gboolean on_answer_ready(gint fd, GIOCondition condition, gpointer data)
{
	ssize_t sent =
		send(fd, run.answer->str, run.answer->len, MSG_NOSIGNAL | MSG_DONTWAIT);

	(void)condition;
	(void)data;
	if (sent < 0 && (errno == EAGAIN || errno == EINTR))
		return G_SOURCE_CONTINUE;
	if (sent < 0) {
		complain("cannot answer the guest: %s", g_strerror(errno));
		sent = (ssize_t)run.answer->len;
	}
	g_string_erase(run.answer, 0, sent);
	run.answering = run.answer->len ? run.answering : 0;
	return run.answer->len ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* A guest that does not read its answers holds up nobody but itself. */
static void answer_later(const char *text)
{
	if (run.answer->len > MAX_UNREAD) {
		complain("the %s does not read its answers", run.guest);
		g_main_loop_quit(run.loop);
		return;
	}
	g_string_append(run.answer, text);
	if (!run.answering)
		run.answering = g_unix_fd_add(run.port[PORT_HOST], G_IO_OUT | G_IO_HUP,
					      on_answer_ready, NULL);
}

/* The answer for vmhost: how many instructions the guest has executed, all and of its
 * kernel. */
static char *ask_plugin(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timeval limit = {.tv_sec = 10};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char number[64] = "";

	g_snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", run.sockets,
		   instructions);
	if (fd >= 0 && opt.plugin &&
	    !setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) &&
	    !connect(fd, (struct sockaddr *)&address, sizeof(address)) &&
	    recv(fd, number, sizeof(number) - 1, MSG_WAITALL) < 0)
		*number = 0;
	if (fd >= 0)
		close(fd);
	return strchr(number, '\n') ? g_strconcat("ok ", number, NULL)
				    : g_strdup("error nobody counts them\n");
}

/*
 * Requests of programs in the guest: those of vmhost.c. They are all that a guest can ask
 * its host for: a picture in the directory of its run, which it can write to anyway, and
 * what the machine took. QMP is not for guests.
 */
static void answer_host(const char *line)
{
	g_autofree char *answer = NULL;

	if (g_str_has_prefix(line, "screenshot ")) {
		int ret = screenshot(line + strlen("screenshot "));

		answer = ret ? g_strdup_printf("error %s\n", g_strerror(-ret))
			     : g_strdup("ok\n");
	} else if (g_str_equal(line, "processor")) {
		answer = g_strdup_printf("ok %.2f\n", processor_seconds(run.machine));
	} else if (g_str_equal(line, "instructions")) {
		answer = ask_plugin();
	} else if (g_str_equal(line, "memory")) {
		long kilobytes = machine_kilobytes();

		answer = kilobytes > 0 ? g_strdup_printf("ok %ld\n", kilobytes)
				       : g_strdup("error nobody knows\n");
	} else if (g_str_equal(line, "starved")) {
		answer = g_strdup_printf("ok %.2f\n", starved_seconds());
	} else if (g_str_equal(line, "booted") && run.inner_seconds) {
		enter_job();
		answer = g_strdup("ok\n");
	} else {
		answer = g_strdup("error unknown request\n");
	}
	answer_later(answer);
}

static void take_verdict(const char *line)
{
	if (g_str_has_prefix(line, "boot "))
		run.booted = g_get_monotonic_time();
	else if (g_str_has_prefix(line, "exit "))
		run.job_ended = g_get_monotonic_time();
	if (!verdict_line(&run.verdict, line))
		complain("the guest says \"%s\" on the verdict port", line);
	else if (g_str_has_prefix(line, "boot ") && run.inner_seconds)
		enter_phase("inner boot", run.inner_seconds);
	else if (g_str_has_prefix(line, "boot ")) {
		enter_job();
		if (opt.inner) /* it waits for no more than that */
			g_free(ask_outer("booted"));
	} else if (g_str_has_prefix(line, "exit ") || g_str_has_prefix(line, "now "))
		/* anew for each of the things that init does at the end, and says */
		enter_phase("shutdown", lane_seconds(run.lane, &run.axes, "shutdown"));
}

static void take_lines(enum port port, void (*take)(const char *line))
{
	char *end;

	while ((end = memchr(run.line[port]->str, '\n', run.line[port]->len))) {
		g_autofree char *line = g_strndup(run.line[port]->str,
						  (gsize)(end - run.line[port]->str));

		g_string_erase(run.line[port], 0, end - run.line[port]->str + 1);
		take(line);
	}
}

static gboolean on_port(gint fd, GIOCondition condition, gpointer data)
{
	enum port port = (enum port)GPOINTER_TO_INT(data);
	char buffer[65536];
	ssize_t got = read(fd, buffer, sizeof(buffer));

	(void)condition;
	if (got <= 0)
		return got < 0 && errno == EINTR; /* the machine's end shows elsewhere */
	if (port == PORT_OUTPUT) {
		fwrite(buffer, 1, (size_t)got, run.output);
		if (run.echo) {
			fwrite(buffer, 1, (size_t)got, run.echo);
			fflush(run.echo);
		}
		return G_SOURCE_CONTINUE;
	}
	g_string_append_len(run.line[port], buffer, got);
	if (run.line[port]->len > MAX_UNREAD && !strchr(run.line[port]->str, '\n')) {
		complain("the %s says a line without an end on the %s port", run.guest,
			 port_name[port]);
		g_main_loop_quit(run.loop);
		return G_SOURCE_REMOVE;
	}
	take_lines(port, port == PORT_VERDICT ? take_verdict : answer_host);
	return G_SOURCE_CONTINUE;
}

static gboolean on_connect(gint fd, GIOCondition condition, gpointer data)
{
	enum port port = (enum port)GPOINTER_TO_INT(data);
	int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	(void)condition;
	if (connection < 0)
		return G_SOURCE_CONTINUE;
	close(fd);
	run.port[port] = connection;
	if (port == PORT_QMP) {
		run.qmp = qmp_open(connection, QMP_SECONDS);
		if (!run.qmp)
			complain("QEMU does not speak QMP: %s", g_strerror(errno));
	} else {
		g_unix_fd_add(connection, G_IO_IN | G_IO_HUP, on_port, data);
	}
	return G_SOURCE_REMOVE;
}

static gboolean open_ports(GError **error)
{
	run.sockets = g_dir_make_tmp("runner-XXXXXX", error);
	if (!run.sockets)
		return FALSE;
	for (int port = 0; port < PORT_COUNT; port++) {
		int fd = listen_port((enum port)port, error);

		if (fd < 0)
			return FALSE;
		run.line[port] = g_string_new(NULL);
		g_unix_fd_add(fd, G_IO_IN, on_connect, GINT_TO_POINTER(port));
	}
	return TRUE;
}

static void on_machine_end(GPid pid, gint status, gpointer data)
{
	(void)pid;
	(void)data;
	run.broke = status != 0;
	if (WIFSIGNALED(status))
		complain("QEMU of the %s was ended by signal %d (%s)", run.guest,
			 WTERMSIG(status), g_strsignal(WTERMSIG(status)));
	else if (run.broke)
		complain("QEMU of the %s ended with status %d", run.guest,
			 WEXITSTATUS(status));
	run.machine = 0;
	run.watch = 0;
	g_main_loop_quit(run.loop);
}

static gboolean on_signal(gpointer data)
{
	run.interrupted = TRUE;
	complain("%s, ending the machine", (const char *)data);
	g_main_loop_quit(run.loop);
	return G_SOURCE_REMOVE;
}

static void stop(GPid *pid)
{
	if (!*pid)
		return;
	kill(*pid, SIGKILL);
	waitpid(*pid, NULL, 0);
	*pid = 0;
}

/* What is still in the sockets when the machine has gone. */
static void drain_ports(void)
{
	while (g_main_context_iteration(NULL, FALSE))
		;
}

static gboolean write_job(GError **error)
{
	g_autofree char *path = result_path("job");
	g_autofree char *script = g_strconcat(run.job, "\n", NULL);

	return g_file_set_contents(path, script, -1, error);
}

/* Returns NULL if there is none. */
static char *console_text(void)
{
	g_autofree char *path = result_path("console.log");
	char *text = NULL;

	g_file_get_contents(path, &text, NULL, NULL);
	return text;
}

/* Returns what panicked, by the console, or NULL. */
static const char *console_panic(void)
{
	g_autofree char *text = console_text();
	const char *line = text ? find_panic(text) : NULL;

	if (!line)
		return NULL;
	return g_str_has_prefix(line, hypervisor_panic) ? "hypervisor" : "kernel";
}

static int report(void)
{
	const char *panicked = console_panic();
	gboolean lost = !run.verdict.ended || run.verdict.status < 0;
	guint excused = verdict_excuse(&run.verdict, starved_seconds());
	int code = verdict_code(&run.verdict, run.timed_out, panicked != NULL);

	if (run.interrupted)
		return 130;
	for (guint i = 0; i < run.verdict.findings->len; i++)
		complain("the %s's kernel: %s", run.guest,
			 (char *)g_ptr_array_index(run.verdict.findings, i));
	if (excused)
		complain(
			"the %s's kernel was late for %u vblanks, as others had the processors",
			run.guest, excused);
	if (panicked) {
		show_tail("console.log", 40);
		complain("the %s's %s panicked", run.guest, panicked);
	} else if (lost && !run.verdict.booted && run.port[PORT_QMP] == 0) {
		show_tail("qemu.log", 15);
		complain("QEMU did not start for the %s", run.guest);
	} else if (lost || run.timed_out) {
		show_tail("console.log", 25);
		show_tail("qemu.log", 5);
		complain(run.verdict.booted ? "the %s was lost during the %s"
					    : "the %s's init did not answer (%s)",
			 run.guest, run.phase);
	}
	return code;
}

static double seconds_between(gint64 from, gint64 to)
{
	return from && to ? (double)(to - from) / 1e6 : 0;
}

static int this_try(void)
{
	const char *text = g_getenv("RUNNER_TRY");

	return text ? atoi(text) : 1;
}

/* How often a run starts, as the lane says: and once more if the emulation hung in this
 * try or an earlier one, and once more if it broke, which must not cost the lane what it
 * allows for, nor one the other. */
static int all_tries(gboolean hung, gboolean broke)
{
	if (hung)
		g_setenv("RUNNER_HUNG", "1", TRUE);
	if (broke)
		g_setenv("RUNNER_BROKE", "1", TRUE);
	return MAX(run.tries, 1) + (g_getenv("RUNNER_HUNG") ? 1 : 0) +
	       (g_getenv("RUNNER_BROKE") ? 1 : 0);
}

/* A line for make check, which prints the longest and counts the boots:
 * out/check/boots.log. */
static void note_boot(int code)
{
	gint64 end = g_get_monotonic_time();
	FILE *log = fopen("/prime/out/check/boots.log", "ae");

	if (!log)
		return;
	fprintf(log,
		"%.1f %.1f %s: boot %.1f, job %.1f, end %.1f, waited for processors %.1f, try %d, status %d\n",
		seconds_between(run.started, end), run.processors,
		g_str_has_prefix(opt.dir, RUNS) ? opt.dir + strlen(RUNS) : opt.dir,
		seconds_between(run.started, run.booted),
		seconds_between(run.booted, run.job_ended ? run.job_ended : end),
		seconds_between(run.job_ended, end), run.starved.seconds, this_try(),
		code);
	fclose(log);
}

static gboolean parse_options(int argc, char **argv, GError **error)
{
	g_autoptr(GOptionContext) context = g_option_context_new("[-- JOB ...]");

	g_option_context_add_main_entries(context, options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, error))
		return FALSE;
	if (!opt.lane || !opt.dir || !opt.kernel || !opt.initrd || !opt.modules) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
			    "--lane, --dir, --kernel, --initrd and --modules are needed");
		return FALSE;
	}
	run.axes = (struct lane_axes){
		.qemu = opt.qemu ? opt.qemu : "stock",
		.gpu = opt.gpu ? opt.gpu : "gl",
		.blob = opt.blob ? opt.blob : "off",
		.accel = opt.accel ? opt.accel : "tcg",
	};
	return TRUE;
}

/* The outer machine's job: to make itself a host, and to be the runner there. */
static char *outer_job(const char *prepare)
{
	GString *job = g_string_new(NULL);

	g_string_printf(job,
			"%s || { echo runner: the outer guest cannot be the host >&2; "
			"exit %d; }\nexec %s --inner",
			prepare, VERDICT_LOST, run.words[0]);
	for (char **word = run.words + 1; *word; word++) {
		g_autofree char *quoted = g_shell_quote(*word);

		g_string_append_printf(job, " %s", quoted);
	}
	return g_string_free(job, FALSE);
}

/* From here on, this run is the one of the outer machine. */
static gboolean become_outer(const char *path, GError **error)
{
	g_autofree char *modules = NULL;
	g_autofree char *prepare = lane_outer(run.lane, "prepare");
	g_autofree char *tries = lane_outer(run.lane, "tries");
	unsigned int rest = lane_seconds(run.lane, &run.axes, "shutdown") + 60;

	if (!opt.outer) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
			    "%s has an outer machine: --outer is needed", opt.lane);
		return FALSE;
	}
	/* The inner runner ends its phases itself, and says which; this is for the
	 * case that the outer machine does not let it. */
	run.inner_seconds = lane_seconds(run.lane, &run.axes, "boot") + 30;
	opt.timeout += (int)rest;
	run.tries = tries ? atoi(tries) : 1;
	lane_free(run.lane);
	run.lane = lane_open(path, error);
	if (!run.lane)
		return FALSE;
	run.guest = "outer guest";
	run.job = outer_job(prepare ? prepare : "true");
	/* The stock one ends inner guests (findings.md). */
	run.axes.qemu = "patched";
	run.axes.gpu = "none";
	run.axes.blob = "off";
	modules = g_build_filename(opt.outer, "lib/modules", NULL);
	opt.dir = g_build_filename(opt.dir, "outer", NULL);
	opt.kernel = g_build_filename(opt.outer, "bzImage", NULL);
	opt.initrd = g_strconcat(opt.outer, ".cpio", NULL);
	opt.modules = realpath(modules, NULL); /* init has no links of ours */
	opt.driver = NULL;
	/* Of a quiet run this is what the inner runner has to say. */
	run.echo = opt.quiet ? stderr : stdout;
	return TRUE;
}

static gboolean choose_machine(GError **error)
{
	g_autofree char *outer = NULL;

	run.lane = lane_open(opt.lane, error);
	if (!run.lane)
		return FALSE;
	outer = lane_outer(run.lane, "lane");
	if (outer && !opt.inner)
		return become_outer(outer, error);
	run.guest = outer ? "inner guest" : "guest";
	run.job = opt.shell ? g_strdup("exec bash")
		  : opt.job ? g_strjoinv(" ", opt.job)
			    : g_strdup("true");
	run.echo = opt.quiet ? NULL : stdout;
	return TRUE;
}

/* Two runs must not share a directory. The lock dies with the process. */
static gboolean claim_directory(GError **error)
{
	g_autofree char *path = result_path("lock");
	int fd;

	g_mkdir_with_parents(opt.dir, 0777);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		return TRUE;
	g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno),
		    errno == EWOULDBLOCK ? "%s is in use by another run"
					 : "cannot lock %s",
		    opt.dir);
	return FALSE;
}

static gboolean set_up(GError **error)
{
	g_autofree char *output = NULL;

	if (!choose_machine(error) || !claim_directory(error) || !write_job(error))
		return FALSE;
	output = result_path("output.log");
	run.output = fopen(output, "we");
	if (!run.output) {
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s",
			    output, g_strerror(errno));
		return FALSE;
	}
	close(open_log("console.log"));
	if (!open_ports(error))
		return FALSE;
	if (lane_needs_display(run.lane, &run.axes) && !start_display(error))
		return FALSE;
	return start_machine(error);
}

static void tear_down(void)
{
	stop(&run.machine);
	stop(&run.xvfb);
	if (run.terminal_saved)
		tcsetattr(STDIN_FILENO, TCSANOW, &run.terminal);
	for (int port = 0; run.sockets && port < PORT_COUNT; port++) {
		g_autofree char *path =
			g_build_filename(run.sockets, port_name[port], NULL);

		g_unlink(path);
	}
	if (run.sockets) {
		g_autofree char *path = g_build_filename(run.sockets, instructions, NULL);

		g_unlink(path);
		g_rmdir(run.sockets);
	}
	qmp_close(run.qmp);
	lane_free(run.lane);
	g_free(run.job);
	if (run.output)
		fclose(run.output);
}

/*
 * Whether the kernel hung before anything of ours was in it. Its command line names the
 * file of our driver from the first line on: virtio-gpu.ko, with a hyphen.
 */
static gboolean hung_alone(void)
{
	g_autofree char *text = run.silent ? console_text() : NULL;

	return text && !strstr(text, "virtio_gpu") && !klog_out_of_tree(text);
}

/*
 * Whether a QEMU that is not ours broke in a guest that has nothing of ours, and nobody
 * has read a word of the job: it can run again, and tells nothing about the series. Our
 * driver may be installed in the guest, without --driver: the kernel says so.
 */
static gboolean broke_without_us(void)
{
	g_autofree char *text = run.broke ? console_text() : NULL;

	return text && opt.quiet && !opt.inner && !run.inner_seconds && !opt.driver &&
	       !strcmp(run.axes.qemu, "stock") && run.port[PORT_QMP] != 0 &&
	       !klog_out_of_tree(text);
}

/*
 * Emulated processors stand still now and then (findings.md). A run starts over whose
 * kernel did, and where the lane allows for it one whose inner guest did not come up.
 */
static void maybe_try_again(int code)
{
	gboolean hung = hung_alone(), broke = broke_without_us();
	const char *what = broke ? "QEMU" : hung ? "boot" : "inner guest";
	int try = this_try(), tries = all_tries(hung, broke), own;
	g_autofree char *next = g_strdup_printf("%d", try + 1);

	if (run.interrupted || (run.inner_booted && !broke) || try >= tries ||
	    (code != VERDICT_LOST && code != VERDICT_TIMEOUT && code != VERDICT_PANIC))
		return;
	/* What the lane allows for is counted without the emulation's. */
	own = hung || broke ? 0 : tries - MAX(run.tries, 1);
	complain("no %s: try %d of %d", what, try + 1 - own, tries - own);
	g_setenv("RUNNER_TRY", next, TRUE);
	tear_down();
	execv("/proc/self/exe", run.words);
	complain("cannot try again: %s", g_strerror(errno));
	exit(code);
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	int code = VERDICT_USAGE;

	verdict_init(&run.verdict);
	starved_init(&run.starved);
	run.answer = g_string_new(NULL);
	run.loop = g_main_loop_new(NULL, FALSE);
	run.words = g_strdupv(argv);
	if (!parse_options(argc, argv, &error)) {
		complain("%s", error->message);
		return code;
	}
	g_unix_signal_add(SIGINT, on_signal, "interrupted");
	g_unix_signal_add(SIGTERM, on_signal, "terminated");
	g_unix_signal_add(SIGHUP, on_signal, "hung up");
	if (!set_up(&error)) {
		complain("%s", error->message);
		code = VERDICT_LOST;
		goto out;
	}
	/* QEMU makes the terminal raw; it may not live to undo that. */
	run.terminal_saved = opt.shell && !tcgetattr(STDIN_FILENO, &run.terminal);
	run.started = g_get_monotonic_time();
	run.watch = g_child_watch_add(run.machine, on_machine_end, NULL);
	enter_phase("boot", lane_seconds(run.lane, &run.axes, "boot"));
	g_timeout_add_seconds(1, on_sample, NULL);
	g_main_loop_run(run.loop);
	if (run.watch)
		g_source_remove(run.watch);
	stop(&run.machine);
	drain_ports();
	code = report();
	note_boot(code);
	maybe_try_again(code);
out:
	tear_down();
	verdict_clear(&run.verdict);
	starved_clear(&run.starved);
	g_string_free(run.answer, TRUE);
	g_main_loop_unref(run.loop);
	g_strfreev(run.words);
	return code;
}
