// SPDX-License-Identifier: MIT
/*
 * The input of the report. Guests can write to the directories of their runs:
 * nothing there is trusted, and no link in the place of a file is followed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"

#define MAX_FILE (64 << 20)
#define MAX_PICTURES 200
#define MAX_DEPTH 4
#define LOG_LINES 25
#define AGAIN "# again "
#define CACHED_MARK " # cached"

static void test_free(void *data)
{
	struct test *test = data;

	g_free(test->name);
	g_free(test->word);
	g_free(test->reason);
	g_free(test->out);
	g_free(test->err);
	g_free(test->dmesg);
	g_free(test);
}

static void run_free(void *data)
{
	struct run *run = data;

	g_free(run->name);
	g_free(run->repeat);
	g_free(run->tests_wanted);
	g_ptr_array_unref(run->tests);
	g_free(run);
}

static void part_free(void *data)
{
	struct part *part = data;

	g_free(part->name);
	g_free(part->log);
	g_ptr_array_unref(part->tests);
	g_ptr_array_unref(part->again);
	g_free(part);
}

static void picture_free(void *data)
{
	struct picture *picture = data;

	g_free(picture->title);
	g_free(picture->path);
	g_free(picture->file);
	g_free(picture);
}

static int open_regular(const char *path, off_t *size)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) || !S_ISREG(status.st_mode) || status.st_size > MAX_FILE) {
		close(fd);
		return -EINVAL;
	}
	*size = status.st_size;
	return fd;
}

/* Returns what is in a file, or NULL and why in @why. */
static char *read_file(const char *path, size_t *size, const char **why)
{
	g_autofree char *text = NULL;
	off_t length = 0;
	ssize_t got = 0;
	int fd = open_regular(path, &length);

	if (fd < 0) {
		*why = fd == -EINVAL ? "not a regular file of a sane size"
				     : strerror(-fd);
		return NULL;
	}
	text = g_malloc(length + 1);
	for (*size = 0; (off_t)*size < length; *size += got) {
		got = read(fd, text + *size, length - *size);
		if (got <= 0)
			break;
	}
	close(fd);
	if (got < 0) {
		*why = "cannot be read";
		return NULL;
	}
	text[*size] = 0;
	return g_steal_pointer(&text);
}

static char *read_text(const char *dir, const char *name, const char **why)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	size_t size;

	return read_file(path, &size, why);
}

static struct test *add_test(GPtrArray *tests, const char *name, enum outcome outcome,
			     const char *word, const char *reason)
{
	struct test *test = g_new0(struct test, 1);

	*test = (struct test){
		.name = g_strdup(name),
		.word = g_strdup(word),
		.reason = g_strdup(reason),
		.out = g_strdup(""),
		.err = g_strdup(""),
		.dmesg = g_strdup(""),
		.outcome = outcome,
	};
	g_ptr_array_add(tests, test);
	return test;
}

static char *tail(const char *text)
{
	const char *at = text + strlen(text);
	int lines = 0;

	for (; at > text; at--)
		if (at[-1] == '\n' && *at && ++lines == LOG_LINES)
			break;
	return g_strdup(at);
}

/* What went wrong with the machine or with its results, rather than with a test. */
static void machine_failed(struct run *run, const char *dir, const char *why)
{
	struct test *test = add_test(run->tests, "machine", FAILED, "Fail", why);
	const char *ignored;
	g_autofree char *console = read_text(dir, "console.log", &ignored);
	g_autofree char *said = read_text(dir, "machine.log", &ignored);

	if (console) {
		g_free(test->dmesg);
		test->dmesg = tail(console);
	}
	if (said) {
		g_free(test->err);
		test->err = tail(said);
	}
}

static struct json_object *member(struct json_object *object, const char *key,
				  enum json_type type)
{
	struct json_object *value;

	if (json_object_is_type(object, json_type_object) &&
	    json_object_object_get_ex(object, key, &value) &&
	    json_object_is_type(value, type))
		return value;
	return NULL;
}

static double number(struct json_object *object, const char *key)
{
	struct json_object *value = member(object, key, json_type_double);

	if (!value)
		value = member(object, key, json_type_int);
	return value ? json_object_get_double(value) : 0;
}

static void take_text(char **to, struct json_object *result, const char *key)
{
	struct json_object *value = member(result, key, json_type_string);

	if (!value)
		return;
	g_free(*to);
	*to = g_strdup(json_object_get_string(value));
}

static void take_result(struct test *test, struct json_object *result)
{
	struct json_object *time = member(result, "time", json_type_object);

	take_text(&test->out, result, "out");
	take_text(&test->err, result, "err");
	take_text(&test->dmesg, result, "dmesg");
	test->seconds = number(time, "end") - number(time, "start");
}

static struct json_object *read_results(const char *dir, const char **why)
{
	g_autofree char *text = read_text(dir, "igt/results.json", why);
	struct json_object *results;
	enum json_tokener_error error;

	if (!text)
		return NULL;
	results = json_tokener_parse_verbose(text, &error);
	if (!member(results, "tests", json_type_object)) {
		*why = results ? "has no tests" : json_tokener_error_desc(error);
		json_object_put(results);
		return NULL;
	}
	return results;
}

/* Lists the tests that were to run, each as passed. Returns them by name. */
static GHashTable *take_list(struct run *run, char *list, struct json_object *results)
{
	GHashTable *known = g_hash_table_new(g_str_hash, g_str_equal);
	struct json_object *tests = member(results, "tests", json_type_object);
	g_auto(GStrv) names = g_strsplit(list, "\n", -1);

	for (char **name = names; *name; name++) {
		const char *bare = g_str_has_prefix(*name, "igt@") ? *name + 4 : *name;
		struct test *test;

		if (!*bare || g_hash_table_contains(known, bare))
			continue;
		test = add_test(run->tests, bare, PASSED, "Pass", "");
		take_result(test, member(tests, *name, json_type_object));
		g_hash_table_insert(known, test->name, test);
	}
	return known;
}

/* "NAME,WORD REASON": finds the test, cuts the line into its parts. */
static struct test *find_test(GHashTable *known, char *line, char **word, char **reason)
{
	for (char *comma = strchr(line, ','); comma; comma = strchr(comma + 1, ',')) {
		struct test *test;

		*comma = 0;
		test = g_hash_table_lookup(known, line);
		if (test) {
			*word = comma + 1;
			*reason = *word + strcspn(*word, " ");
			if (**reason)
				*(*reason)++ = 0;
			return test;
		}
		*comma = ',';
	}
	return NULL;
}

/* A line of report.txt, where igt-verdict names each test that did not simply pass. */
static void take_verdict(struct run *run, const char *dir, GHashTable *known, char *line)
{
	static const struct {
		const char *prefix;
		enum outcome outcome;
	} kinds[] = {{"known ", KNOWN}, {"FAIL  ", FAILED}};

	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		char *word, *reason, *rest = line + strlen(kinds[i].prefix);
		struct test *test;

		if (!g_str_has_prefix(line, kinds[i].prefix))
			continue;
		test = find_test(known, rest, &word, &reason);
		if (!test && kinds[i].outcome == FAILED)
			machine_failed(run, dir, rest);
		if (!test)
			return;
		test->outcome = kinds[i].outcome;
		if (test->outcome == KNOWN && !strcmp(word, "Skip"))
			test->outcome = SKIPPED;
		g_free(test->word);
		g_free(test->reason);
		test->word = g_strdup(word);
		test->reason = g_strdup(g_strstrip(reason));
		return;
	}
}

static void take_verdicts(struct run *run, const char *dir, GHashTable *known)
{
	const char *why;
	g_autofree char *text = read_text(dir, "report.txt", &why);
	g_auto(GStrv) lines = NULL;

	if (!text) {
		machine_failed(run, dir, "nobody judged this run (it has no report.txt)");
		return;
	}
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++)
		take_verdict(run, dir, known, *line);
}

static void take_repeat(struct run *run, const char *dir)
{
	const char *why;
	g_autofree char *text = read_text(dir, "repeat", &why);
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", 3);

	if (!lines[0])
		return;
	run->repeat = g_strdup(lines[0]);
	if (lines[1] && *lines[1])
		run->tests_wanted = g_strdup(lines[1]);
}

static void take_tests(struct run *run, const char *dir)
{
	const char *why;
	g_autofree char *list = read_text(dir, "testlist", &why);
	g_autofree char *text = NULL;
	struct json_object *results;
	GHashTable *known;

	if (!list) {
		text = g_strdup_printf("testlist: %s: the machine was lost", why);
		machine_failed(run, dir, text);
		return;
	}
	results = read_results(dir, &why);
	known = take_list(run, list, results);
	take_verdicts(run, dir, known);
	if (!results) {
		text = g_strdup_printf("igt/results.json: %s", why);
		machine_failed(run, dir, text);
	}
	run->start = number(member(results, "time_elapsed", json_type_object), "start");
	g_hash_table_unref(known);
	json_object_put(results);
}

static void count(const GPtrArray *tests, struct counts *counts)
{
	for (guint i = 0; i < tests->len; i++) {
		const struct test *test = g_ptr_array_index(tests, i);

		counts->failed += test->outcome == FAILED;
		counts->skipped += test->outcome == SKIPPED;
		counts->expected += test->outcome == KNOWN;
		counts->cached += test->outcome == CACHED;
		counts->passed += test->outcome == PASSED;
	}
}

/* When a file was written last, 0 if it is not there. */
static double written(const char *out, const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(out, dir, name, NULL);
	struct stat status;

	return lstat(path, &status) ? 0
				    : (double)status.st_mtim.tv_sec +
					      (double)status.st_mtim.tv_nsec / 1e9;
}

static void read_run(struct report *report, const char *out, const char *name)
{
	g_autofree char *dir = g_build_filename(out, "run", name, NULL);
	struct run *run;

	if (!g_str_has_prefix(name, "igt-"))
		return;
	if (report->parts->len &&
	    written(dir, "repeat", NULL) < written(out, "check", "start.log"))
		return; /* of an earlier check, or by hand */
	run = g_new0(struct run, 1);
	run->name = g_strdup(name);
	run->tests = g_ptr_array_new_with_free_func(test_free);
	take_repeat(run, dir);
	take_tests(run, dir);
	count(run->tests, &run->counts);
	g_ptr_array_add(report->runs, run);
}

/* Appends the end of a log, if it is there and has something. */
static void add_log(GString *to, const char *dir, const char *name)
{
	const char *why;
	g_autofree char *text = read_text(dir, name, &why);
	g_autofree char *end = text ? tail(text) : NULL;

	if (end && *end)
		g_string_append_printf(to, "--- %s\n%s", name, end);
}

/* What failed of a part, and the ends of its logs: check-NAME.log, NAME.log, and
 * check-NAME.*.log of the several runs that it may have.
 */
static char *part_log(const char *out, const struct part *part)
{
	g_autofree char *path = g_build_filename(out, "log", NULL);
	g_autofree char *own = g_strdup_printf("check-%s.", part->name);
	g_autofree char *other = g_strdup_printf("%s.log", part->name);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	GString *text = g_string_new(NULL);
	const char *name;

	for (guint i = 0; i < part->tests->len; i++) {
		const struct test *test = g_ptr_array_index(part->tests, i);

		if (test->outcome == FAILED)
			g_string_append_printf(text, "not ok %s %s\n", test->name,
					       test->reason);
	}
	while (dir && (name = g_dir_read_name(dir)))
		if (g_str_has_prefix(name, own) || g_str_equal(name, other))
			g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort_values(names, (GCompareFunc)strcmp);
	for (guint i = 0; i < names->len; i++)
		add_log(text, path, g_ptr_array_index(names, i));
	return g_string_free(text, FALSE);
}

/* The name of a test without the "N - " that it may have. */
static const char *without_number(const char *name)
{
	size_t digits = strspn(name, G_CSET_DIGITS);

	return digits && g_str_has_prefix(name + digits, " - ") ? name + digits + 3
								: name;
}

/* "ok [N - ]NAME # SKIP why # cached", for scripts/make/sum-counts as well. Any other
 * line is not TAP.
 */
static void take_tap(struct part *part, char *line)
{
	static const char *const words[] = {"ok ", "not ok ", "FAILED "};
	gboolean cached = g_str_has_suffix(line, CACHED_MARK);
	enum outcome outcome = FAILED;
	const char *reason = "";
	struct test *test;
	size_t word = 0;
	char *mark;

	while (word < G_N_ELEMENTS(words) && !g_str_has_prefix(line, words[word]))
		word++;
	if (word == G_N_ELEMENTS(words))
		return;
	if (cached)
		line[strlen(line) - strlen(CACHED_MARK)] = 0;
	mark = strstr(line, " # ");
	if (mark) {
		*mark = 0;
		reason = mark + 3;
	}
	if (g_str_has_prefix(reason, "SKIP"))
		outcome = SKIPPED;
	else if (!word)
		outcome = PASSED;
	else if (g_str_has_prefix(reason, "TODO"))
		outcome = KNOWN;
	if (outcome == SKIPPED || outcome == KNOWN)
		reason += strlen("SKIP");
	test = add_test(part->tests,
			without_number(g_strstrip(line + strlen(words[word]))),
			cached ? CACHED : outcome,
			outcome == PASSED    ? "Pass"
			: outcome == SKIPPED ? "Skip"
					     : "Fail",
			reason + strspn(reason, " "));
	test->earlier = outcome;
}

/* An earlier run tried these again. */
static void forget_cached(struct part *part)
{
	for (guint i = 0; i < part->tests->len; i++) {
		const struct test *test = g_ptr_array_index(part->tests, i);
		guint at;

		while (test->outcome == CACHED &&
		       g_ptr_array_find_with_equal_func(part->again, test->name,
							g_str_equal, &at))
			g_ptr_array_remove_index(part->again, at);
	}
}

/* What a part left, as scripts/make/sum-counts sees it. */
static void take_part(struct part *part, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++)
		if (g_str_has_prefix(*line, AGAIN))
			g_ptr_array_add(part->again, g_strdup(*line + strlen(AGAIN)));
		else
			take_tap(part, *line);
	forget_cached(part);
	part->ended = part->tests->len > 0;
	if (!part->ended)
		add_test(part->tests, part->name, FAILED, "Fail",
			 "did not get to an end");
	count(part->tests, &part->counts);
}

/* What there is to say of a part that did not end. */
static void set_err(const GPtrArray *tests, const char *log)
{
	struct test *test = g_ptr_array_index(tests, 0);

	g_free(test->err);
	test->err = g_strdup(log);
}

static void read_part(struct report *report, const char *out, const char *name)
{
	g_autofree char *dir = g_build_filename(out, "check", NULL);
	struct part *part;
	const char *why;
	g_autofree char *text = NULL;

	for (guint i = 0; i < report->parts->len; i++)
		if (!strcmp(((struct part *)g_ptr_array_index(report->parts, i))->name,
			    name))
			return;
	part = g_new0(struct part, 1);
	part->name = g_strdup(name);
	part->tests = g_ptr_array_new_with_free_func(test_free);
	part->again = g_ptr_array_new_with_free_func(g_free);
	text = read_text(dir, name, &why);
	take_part(part, text ? text : "");
	if (part->counts.failed)
		part->log = part_log(out, part);
	if (!part->ended)
		set_err(part->tests, part->log);
	g_ptr_array_add(report->parts, part);
}

static int longer_first(const void *a, const void *b)
{
	double x = g_ascii_strtod(*(char *const *)a, NULL);
	double y = g_ascii_strtod(*(char *const *)b, NULL);

	return (x < y) - (x > y);
}

/* The ten of a log whose lines begin with seconds that took longest. */
static char *read_slowest(const char *out, const char *name)
{
	g_autofree char *dir = g_build_filename(out, "check", NULL);
	const char *why;
	g_autofree char *text = read_text(dir, name, &why);
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
	GString *longest = g_string_new(NULL);

	qsort(lines, g_strv_length(lines), sizeof(*lines), longer_first);
	for (int i = 0; lines[i] && i < 10; i++)
		if (*lines[i])
			g_string_append_printf(longest, "%s\n", lines[i]);
	return g_string_free(longest, FALSE);
}

/* Calls @take for the entries of a directory, sorted. */
static void each_entry(const char *out, const char *sub,
		       void (*take)(struct report *report, const char *out,
				    const char *name),
		       struct report *report)
{
	g_autofree char *path = g_build_filename(out, sub, NULL);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort_values(names, (GCompareFunc)strcmp);
	for (guint i = 0; i < names->len; i++)
		take(report, out, g_ptr_array_index(names, i));
}

static void read_pictures(struct report *report, const char *dir, const char *title,
			  int depth);

static void read_picture(struct report *report, const char *parent, const char *title,
			 const char *name, int depth)
{
	g_autofree char *path = g_build_filename(parent, name, NULL);
	g_autofree char *full = g_build_filename(title, name, NULL);
	struct picture *picture;
	struct stat status;

	if (lstat(path, &status))
		return;
	if (S_ISDIR(status.st_mode) && depth) {
		read_pictures(report, path, full, depth - 1);
	} else if (S_ISREG(status.st_mode) && g_str_has_suffix(name, ".png") &&
		   report->pictures->len < MAX_PICTURES) {
		picture = g_new0(struct picture, 1);
		picture->title = g_steal_pointer(&full);
		picture->path = g_steal_pointer(&path);
		g_ptr_array_add(report->pictures, picture);
	}
}

static void read_pictures(struct report *report, const char *dir, const char *title,
			  int depth)
{
	g_autoptr(GDir) open = g_dir_open(dir, 0, NULL);
	const char *name;

	while (open && (name = g_dir_read_name(open)))
		read_picture(report, dir, title, name, depth);
}

static int by_title(const void *a, const void *b)
{
	return strcmp(((const struct picture *)a)->title,
		      ((const struct picture *)b)->title);
}

static void read_check(struct report *report, const char *out, const char *name)
{
	g_autofree char *path = g_build_filename(out, "check", name, NULL);
	struct stat status;

	/* counts have no suffix; what has one is something that a part noted */
	if (!lstat(path, &status) && S_ISREG(status.st_mode) && !strchr(name, '.'))
		read_part(report, out, name);
}

/* Each line of the log is a boot, "... try N, status N". */
static void count_boots(struct report *report, const char *out)
{
	g_autofree char *dir = g_build_filename(out, "check", NULL);
	const char *why;
	g_autofree char *text = read_text(dir, "boots.log", &why);
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);

	for (char **line = lines; *line; line++) {
		const char *try = g_strrstr(*line, ", try ");

		report->boots += try != NULL;
		report->again += try && atoi(try + strlen(", try ")) > 1;
	}
}

struct report report_read(const char *out, char **parts)
{
	static const char *const pictured[] = {"demo", "run"};
	struct report report = {
		.runs = g_ptr_array_new_with_free_func(run_free),
		.parts = g_ptr_array_new_with_free_func(part_free),
		.pictures = g_ptr_array_new_with_free_func(picture_free),
	};

	report.slowest[0] = read_slowest(out, "times.log");
	report.slowest[1] = read_slowest(out, "boots.log");
	count_boots(&report, out);
	for (; parts && *parts; parts++)
		if (**parts)
			read_part(&report, out, *parts);
	each_entry(out, "check", read_check, &report);
	each_entry(out, "run", read_run, &report);
	for (size_t i = 0; i < G_N_ELEMENTS(pictured); i++) {
		g_autofree char *dir = g_build_filename(out, pictured[i], NULL);

		read_pictures(&report, dir, pictured[i], MAX_DEPTH);
	}
	g_ptr_array_sort_values(report.pictures, by_title);
	return report;
}

void report_clear(struct report *report)
{
	g_ptr_array_unref(report->runs);
	g_ptr_array_unref(report->parts);
	g_ptr_array_unref(report->pictures);
	g_free(report->slowest[0]);
	g_free(report->slowest[1]);
}

/* A name that is safe in a path and in a URL. */
static char *picture_file(const char *title, guint number)
{
	g_autofree char *safe = g_strdup(title);

	g_strcanon(safe, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_", '_');
	return g_strdup_printf("%03u-%.100s.png", number, safe);
}

gboolean report_copy_pictures(struct report *report, const char *dir, GError **error)
{
	for (guint i = 0; i < report->pictures->len;) {
		struct picture *picture = g_ptr_array_index(report->pictures, i);
		const char *why;
		size_t size = 0;
		g_autofree char *data = read_file(picture->path, &size, &why);
		g_autofree char *to = NULL;

		if (!data || size < 8 || memcmp(data, "\x89PNG\r\n\x1a\n", 8)) {
			g_ptr_array_remove_index(report->pictures, i);
			continue;
		}
		picture->file = picture_file(picture->title, i++);
		to = g_build_filename(dir, picture->file, NULL);
		if (!g_file_set_contents(to, data, size, error))
			return FALSE;
	}
	return TRUE;
}
