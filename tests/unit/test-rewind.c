/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The live program taken back: what it does then is what it would have done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/unit/engine-host.h"

static uint64_t seed = 20261120;

static uint64_t any(uint64_t bound)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 33) % bound;
}

static void rewinds_to(struct host *h, uint64_t position)
{
	struct control_obstacle o;
	uint64_t epoch = control_epoch(h->control);
	int error = control_rewind(h->control, position, &o);

	if (error != 0)
		fail_msg("to %llu of %llu: %d: %s at %llu: %s", (unsigned long long)position,
		    (unsigned long long)control_frontier(h->control), error, o.what,
		    (unsigned long long)o.position, o.why);
	assert_int_equal(control_position(h->control), position);
	assert_int_equal(control_frontier(h->control), position);
	assert_int_equal(control_epoch(h->control), epoch + 1);
}

static enum control_reason steps(struct host *h)
{
	return host_step(h, CONTROL_STEP_IN, true, 1000000);
}

/* -- nothing is changed: the same future -------------------------------------------------- */

struct end {
	char output[8192];
	uint64_t frontier;
	int code;
};

static struct end end_of(struct host *h)
{
	struct end e = { .frontier = control_frontier(h->control), .code = -1 };

	control_exit_code(h->control, &e.code);
	snprintf(e.output, sizeof e.output, "%s", host_output(h, e.frontier));
	return e;
}

/* Stepped, it comes by the same positions; natively at least to the same end. */
static void same_future(struct host *h, const struct end *first, uint64_t position)
{
	bool natively = any(4) == 0;
	struct end e;

	if ((natively ? host_continue(h) : steps(h)) != REASON_EXITED)
		fail_msg("from %llu: stopped at %llu, line %u, signal %d", (unsigned long long)position,
		    (unsigned long long)control_position(h->control), host_line(h),
		    control_signal_at(h->control, control_position(h->control)).number);
	e = end_of(h);
	if (strcmp(e.output, first->output) != 0)
		fail_msg("from %llu: \"%s\", not \"%s\"", (unsigned long long)position, e.output, first->output);
	assert_int_equal(e.code, first->code);
	if (!natively)
		assert_int_equal(e.frontier, first->frontier);
}

/* refused: what may prevent it, here and there; NULL: nothing does. */
static void again(const char *source, const struct host_options *options, int rewinds, const char *refused)
{
	struct control_obstacle o;
	struct host h;
	struct end first;
	int done = 0;

	host_start(&h, source, options);
	assert_int_equal(steps(&h), REASON_EXITED);
	first = end_of(&h);
	for (int i = 0; i < rewinds; i++) {
		/* What ran natively has no positions inside. */
		uint64_t position = any(control_frontier(h.control));

		if (refused != NULL && control_can_rewind(h.control, position, &o) != 0) {
			assert_non_null(strstr(refused, o.what));
			continue;
		}
		done++;
		rewinds_to(&h, position);
		same_future(&h, &first, position);
		if (control_frontier(h.control) < first.frontier) {
			rewinds_to(&h, refused != NULL ? position : any(position + 1));
			assert_int_equal(steps(&h), REASON_EXITED);
			assert_int_equal(control_frontier(h.control), first.frontier);
		}
	}
	assert_true(done > rewinds / 10);
	host_stop(&h);
}

static void c_program(void **state)
{
	(void)state;
	again("#include <stdio.h>\n#include <string.h>\nstruct s { int a[40]; char t[9]; } g;\n"
	    "static int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }\n"
	    "int main(void) {\n	double d = 1.0;\n	char line[64];\n"
	    "	for (int i = 0; i < 12; i++) {\n		g.a[i] = fib(i % 7);\n		d = d * 1.5 + i;\n"
	    "		snprintf(line, sizeof line, \"%d %d %.3f\\n\", i, g.a[i], d);\n"
	    "		fputs(line, stdout);\n		memcpy(g.t, line, 4);\n	}\n"
	    "	printf(\"%s\", g.t);\n	return fib(9);\n}\n", &(struct host_options){ 0 }, 100, NULL);
}

static void cxx_program(void **state)
{
	(void)state;
	again("#include <iostream>\n#include <map>\n#include <string>\n#include <vector>\n"
	    "struct shape { virtual ~shape() { std::cout << \"gone \"; } virtual double area() const = 0; };\n"
	    "struct square : shape { double s; square(double s) : s(s) {} double area() const override { return s * s; } };\n"
	    "static int thrower(int n) { if (n > 2) throw std::string(\"too much\"); return n; }\n"
	    "int main() {\n	std::vector<shape *> all;\n	std::map<std::string, int> words;\n"
	    "	for (int i = 0; i < 4; i++) all.push_back(new square(i + 0.5));\n"
	    "	for (auto *s : all) { std::cout << s->area() << std::endl; delete s; }\n"
	    "	for (const char *w : { \"a\", \"b\", \"a\", \"c\" }) words[w]++;\n"
	    "	for (auto &w : words) std::cout << w.first << w.second << '\\n';\n"
	    "	try { for (int i = 0; i < 5; i++) std::cout << thrower(i); }\n"
	    "	catch (const std::string &s) { std::cout << s << std::endl; }\n	return 3;\n}\n",
	    &(struct host_options){ .language = "c++" }, 40, NULL);
}

/* The heap by brk and by mappings, grown, moved, shrunk. */
static void heap(void **state)
{
	(void)state;
	again("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nint main(void) {\n"
	    "	char *p[16] = { 0 };\n	unsigned x = 7, sum = 0;\n"
	    "	for (int i = 0; i < 48; i++) {\n		x = x * 1103515245 + 12345;\n"
	    "		unsigned k = x >> 16 & 15, n = (x >> 8 & 7) == 0 ? 200000 : x >> 20 & 8191;\n"
	    "		if (p[k] && x >> 30 & 1) { free(p[k]); p[k] = 0; continue; }\n"
	    "		p[k] = realloc(p[k], n + 1);\n		memset(p[k], i, n + 1);\n"
	    "		sum += (unsigned char)p[k][n / 2];\n		printf(\"%u\\n\", sum);\n	}\n"
	    "	char *big = malloc(40 << 20);\n	big[20 << 20] = 1;\n	free(big);\n"
	    "	for (int i = 0; i < 16; i++) free(p[i]);\n	return sum & 127;\n}\n",
	    &(struct host_options){ 0 }, 100, NULL);
}

static void stack_that_grows(void **state)
{
	(void)state;
	again("#include <stdio.h>\nstatic int deep(int n) {\n	volatile char room[60000];\n	room[0] = (char)n;\n"
	    "	room[59999] = room[30000] = 1;\n	int r = n > 0 ? deep(n - 1) + 1 : 0;\n"
	    "	return r + room[30000];\n}\nint main(void) {\n	int r = deep(5);\n	printf(\"%d\\n\", r);\n"
	    "	r += deep(20);\n	printf(\"%d\\n\", r);\n	return 0;\n}\n", &(struct host_options){ 0 }, 30, NULL);
}

static void signals(void **state)
{
	(void)state;
	again("#include <signal.h>\n#include <stdio.h>\n#include <string.h>\n#include <unistd.h>\nvolatile int n;\n"
	    "static void on(int s) { n += s; }\n"
	    "static void other(int s) { n -= s; }\n"
	    "int main(void) {\n	sigset_t set;\n	signal(SIGUSR1, on);\n	raise(SIGUSR1);\n	printf(\"%d\\n\", n);\n"
	    "	fflush(stdout);\n	signal(SIGUSR1, other);\n	raise(SIGUSR1);\n	printf(\"%d\\n\", n);\n"
	    "	sigemptyset(&set);\n	sigaddset(&set, SIGUSR2);\n	sigprocmask(SIG_BLOCK, &set, 0);\n"
	    "	sigprocmask(SIG_UNBLOCK, &set, 0);\n	signal(SIGUSR2, on);\n	n = 30;\n	kill(getpid(), SIGUSR2);\n"
	    "	printf(\"%d\\n\", n);\n	return n & 127;\n}\n", &(struct host_options){ 0 }, 60, NULL);
}

static void input(void **state)
{
	(void)state;
	again("#include <stdio.h>\nint main(void) {\n	char name[32];\n	int n, sum = 0;\n"
	    "	if (scanf(\"%31s\", name) == 1) printf(\"hello %s\\n\", name);\n"
	    "	while (scanf(\"%d\", &n) == 1) { sum += n; printf(\"%d\\n\", sum); }\n	return sum;\n}\n",
	    &(struct host_options){ .input = "pinguin\n3 4\n5\n6", .input_end = true }, 40, NULL);
}

static void files_that_are_read(void **state)
{
	(void)state;
	again("#include <stdio.h>\n#include <string.h>\nint main(void) {\n	char line[256];\n	int n = 0;\n"
	    "	for (int i = 0; i < 3; i++) {\n		FILE *f = fopen(\"/etc/passwd\", \"r\");\n"
	    "		while (n < 9 && fgets(line, sizeof line, f))\n			n++;\n		if (i < 2)\n			fclose(f);\n"
	    "		printf(\"%d %d\\n\", i, fileno(f));\n	}\n	return n;\n}\n", &(struct host_options){ 0 }, 60, "close read");
}

static void vector_registers(void **state)
{
	(void)state;
	again("#include <stdio.h>\n#include <emmintrin.h>\nint main(void) {\n	__m128d v = _mm_set_pd(1.5, 2.5);\n"
	    "	long double x = 1;\n	double out[2];\n	for (int i = 0; i < 20; i++) {\n"
	    "		v = _mm_add_pd(_mm_mul_pd(v, v), _mm_set1_pd(-1.25));\n		x = x * 1.1L + i;\n	}\n"
	    "	_mm_storeu_pd(out, v);\n	printf(\"%.17g %.17g %.20Lg\\n\", out[0], out[1], x);\n	return 0;\n}\n",
	    &(struct host_options){ .flags = "-O1" }, 60, NULL);
}

/* -- commands of all kinds in between --------------------------------------------------------- */

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	control_pause(((struct host *)arg)->control);
}

static void any_command(struct host *h, unsigned kinds)
{
	const struct timeval soon = { 0, 1000 + (suseconds_t)any(20000) };
	struct event *timer = evtimer_new(h->base, on_timer, h);

	evtimer_add(timer, &soon);
	host_do(h, (struct control_command){ .kind = (enum control_kind)any(kinds),
	    .by_instruction = any(2), .backwards = any(4) == 0, .count = 1 + any(40) });
	event_free(timer);
}

/* Whatever happened on the way, the end is that which the program comes to by itself. */
static void wander(const char *source, const struct host_options *options, unsigned kinds, int code,
    const char *output)
{
	struct control_obstacle o;
	struct host h;
	int is = -1, done = 0;

	host_start(&h, source, options);
	for (int i = 0; i < 120; i++) {
		any_command(&h, kinds);
		if (any(3) == 0) {
			uint64_t frontier = control_frontier(h.control), back = any(any(4) == 0 ? frontier + 1 : 60);
			int error = control_rewind(h.control, frontier > back ? frontier - back : 0, &o);

			assert_true(error == 0 || error == -EPERM || error == -EPIPE);
			if (error == -EPERM)
				assert_true(o.what[0] != '\0' && o.why[0] != '\0' && o.position <= frontier);
			done += error == 0;
		}
	}
	assert_true(done > 5);
	for (int i = 0; i < 60 && host_continue(&h) != REASON_EXITED; i++)
		;
	assert_int_equal(control_reason(h.control), REASON_EXITED);
	assert_true(control_exit_code(h.control, &is));
	assert_int_equal(is, code);
	if (output != NULL)
		assert_string_equal(host_output(&h, control_frontier(h.control)), output);
	host_stop(&h);
}

static void wandering(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		wander("#include <stdio.h>\n#include <stdlib.h>\n#include <signal.h>\n#include <string.h>\n"
		    "static volatile int hits;\nstatic void on(int s) { hits += s == SIGUSR1; }\n"
		    "static int compare(const void *a, const void *b) { return *(int *)a - *(int *)b; }\n"
		    "int main(void) {\n	int n[20], sum = 0;\n	char word[16];\n	signal(SIGUSR1, on);\n"
		    "	for (int i = 0; i < 20; i++) n[i] = i * 37 % 20;\n	qsort(n, 20, sizeof *n, compare);\n"
		    "	for (int i = 0; i < 20; i++) { char *p = malloc(1 + n[i] * 9000); p[0] = 1; sum += n[i] * i; free(p); }\n"
		    "	for (int i = 0; i < 6; i++) raise(SIGUSR1);\n"
		    "	while (scanf(\"%15s\", word) == 1) printf(\"%zu \", strlen(word));\n"
		    "	printf(\"%d %d\\n\", sum, hits);\n	return hits;\n}\n",
		    &(struct host_options){ .input = "one three\nfour\n", .input_end = true }, 4, 6, "3 5 4 2470 6\n");
}

/* -- limits, and a program that is gone ---------------------------------------------------------- */

static void limits(void **state)
{
	struct control_obstacle o;
	struct host h;

	(void)state;
	host_start(&h, "int main(void) {\n	volatile int n = 0;\n	while (n < 100) n++;\n	return n;\n}\n",
	    &(struct host_options){ .steps_max = 120 });
	assert_int_equal(steps(&h), REASON_LIMIT);
	assert_int_equal(steps(&h), REASON_LIMIT);
	rewinds_to(&h, 60);
	assert_null(control_limit_hit(h.control));
	assert_int_equal(steps(&h), REASON_LIMIT);
	assert_int_equal(control_frontier(h.control), 120);
	rewinds_to(&h, 0);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	host_stop(&h);

	/* What it has printed beyond the limit is not there, nor is what was taken back. */
	host_start(&h, "#include <unistd.h>\nint main(void) {\n	int n = 100000;\n	for (int i = 0; i < n; i++)\n"
	    "		write(1, \"0123456789\", 10);\n	return 0;\n}\n", &(struct host_options){ .output_max = 500 });
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, false, 2), REASON_STEP);
	rewinds_to(&h, 0);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, false, 2), REASON_STEP);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, false, 100000), REASON_LIMIT);
	assert_int_equal(control_output_end(h.control), 500);
	rewinds_to(&h, 0);
	assert_int_equal(control_output_end(h.control), 0);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, false, 9), REASON_STEP);
	assert_string_equal(host_output(&h, control_frontier(h.control)), "012345678901234567890123456789");
	/* Gone for good. */
	control_terminate(h.control);
	while (control_live_status(h.control) != STATUS_EXITED)
		event_base_loop(h.base, EVLOOP_ONCE);
	assert_int_equal(control_rewind(h.control, 0, &o), -EPIPE);
	assert_int_equal(control_epoch(h.control), 3);
	host_stop(&h);
}

/* Killed meanwhile, and nobody has said so yet: its past stays whole. */
static void killed(void **state)
{
	struct control_obstacle o;
	struct host h;
	uint64_t frontier;

	(void)state;
	host_start(&h, "int main(void) {\n	volatile int n = 0;\n	while (n < 100) n++;\n	return n;\n}\n",
	    &(struct host_options){ 0 });
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 200), REASON_STEP);
	frontier = control_frontier(h.control);
	kill(process_pid(h.control->process), SIGKILL);
	assert_int_not_equal(control_rewind(h.control, 20, &o), 0);
	assert_int_equal(control_epoch(h.control), 1);
	while (control_live_status(h.control) != STATUS_EXITED)
		event_base_loop(h.base, EVLOOP_ONCE);
	assert_true(control_frontier(h.control) >= frontier);
	assert_int_equal(host_seek(&h, 20), REASON_GOTO);
	assert_int_equal(host_line(&h), 3);
	assert_int_equal(control_rewind(h.control, 20, &o), -EPIPE);
	host_stop(&h);
}

/* What a page holds that cannot be accessed at the position, or not be written. */
static void protections(void **state)
{
	(void)state;
	again("#include <stdio.h>\n#include <sys/mman.h>\nint main(void) {\n"
	    "	char *p = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);\n"
	    "	for (int i = 0; i < 8; i++) {\n		p[0] += i;\n		p[5000] = p[0];\n		mprotect(p, 4096, PROT_NONE);\n"
	    "		mprotect(p + 4096, 4096, PROT_READ);\n		printf(\"%d\\n\", p[5000]);\n"
	    "		mprotect(p, 8192, PROT_READ | PROT_WRITE);\n		p[4096] = p[1]++;\n	}\n"
	    "	printf(\"%d %d\\n\", p[0], p[4096]);\n	return 0;\n}\n", &(struct host_options){ 0 }, 60, NULL);
}

/* An instruction that writes to where it stands, made by hand: a fault, and no other. */
static void writes_to_itself(void **state)
{
	struct host h;
	uint64_t f;

	(void)state;
	for (int natively = 0; natively < 2; natively++) {
		host_start(&h, "static int f(void) {\n	return 1;\n}\nint main(void) {\n	return f() + f();\n}\n",
		    &(struct host_options){ 0 });
		assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 9), REASON_STEP);
		f = host_symbol(&h, "f");
		rewinds_to(&h, 0);
		assert_int_equal(control_write_register(h.control, REG_PC, f), 0);
		assert_int_equal(control_write_register(h.control, X86_RAX, f), 0);
		assert_int_equal(control_write_memory(h.control, f, "\0\0\0", 3), 0);	/* add %al, (%rax) */
		assert_int_equal(natively ? host_continue(&h) : steps(&h), REASON_EXCEPTION);
		assert_int_equal(control_signal_at(h.control, control_position(h.control)).number, SIGSEGV);
		rewinds_to(&h, 0);
		assert_int_equal(host_continue(&h), REASON_EXITED);
		host_stop(&h);
	}
}

/* -- what prevents it is named ---------------------------------------------------------------------- */

static void prevented(const char *body, const char *what)
{
	struct control_obstacle o;
	struct host h;
	char source[2048];

	snprintf(source, sizeof source, "#define _GNU_SOURCE\n#include <fcntl.h>\n#include <signal.h>\n#include <stdio.h>\n"
	    "#include <stdlib.h>\n#include <string.h>\n#include <sys/mman.h>\n#include <sys/stat.h>\n#include <sys/time.h>\n"
	    "#include <unistd.h>\nstatic void on(int s) { (void)s; }\nint main(void) {\n	int r = 0;\n	(void)on;\n"
	    "	%s\n	return r & 1;\n}\n", body);
	host_start(&h, source, &(struct host_options){ .flags = "-Wno-unused-result" });
	assert_int_equal(steps(&h), REASON_EXITED);
	assert_int_equal(control_can_rewind(h.control, 1, &o), what != NULL ? -EPERM : 0);
	if (what != NULL)
		assert_string_equal(o.what, what);
	assert_int_equal(control_rewind(h.control, 1, &o), what != NULL ? -EPERM : 0);
	assert_int_equal(control_epoch(h.control), what != NULL ? 1 : 2);
	host_stop(&h);
}

static void obstacles(void **state)
{
	(void)state;
	prevented("r = open(\"/dev/null\", O_WRONLY);", "openat");
	prevented("r = open(\"/etc/passwd\", O_RDONLY);", NULL);
	prevented("r = open(\"/nowhere/at/all\", O_WRONLY);", NULL);
	prevented("r = chdir(\"/\");", "chdir");
	prevented("r = dup(1);", "dup");
	prevented("int p[2]; r = pipe(p);", "pipe2");
	prevented("alarm(100);", "alarm");
	prevented("close(0);", "close");
	prevented("close(77);", NULL);
	prevented("umask(022);", "umask");
	prevented("struct itimerval t = { { 0, 0 }, { 90, 0 } }; setitimer(ITIMER_REAL, &t, 0);", "setitimer");
	prevented("signal(SIGTERM, on); signal(SIGTERM, SIG_IGN); signal(SIGTERM, on);", NULL);
	prevented("char *p = mmap(0, 9000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); *p = 1; mprotect(p, 4096, PROT_READ); munmap(p + 4096, 4096);", NULL);
	prevented("char *p = mmap(0, 9000, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0); *p = 1;", NULL);
	prevented("r = mkdir(\"/tmp/\", 0700);", NULL);
	prevented("write(1, \"x\", 1); fsync(1);", NULL);
	prevented("stack_t s = { .ss_sp = malloc(SIGSTKSZ), .ss_size = SIGSTKSZ }; sigaltstack(&s, 0);", "sigaltstack");
	prevented("fork();", NULL);
}

/* It was sent and has not stopped the program yet: as the one that has, it is sent again.  One
 * that is blocked is the kernel's. */
static void a_signal_on_its_way(void **state)
{
	struct control_obstacle o;
	struct tracee *t;
	struct host h;

	(void)state;
	for (int blocked = 0; blocked < 2; blocked++) {
		host_start(&h, "#include <signal.h>\nint n; static void on(int s) { n += s; }\n"
		    "int main(void)\n{\n	sigset_t s;\n	sigemptyset(&s);\n	sigaddset(&s, SIGUSR2);\n"
		    "	sigprocmask(SIG_BLOCK, &s, 0);\n	signal(SIGUSR1, on);\n"
		    "	n = 1;\n	n = 2;\n	return n;\n}\n", &(struct host_options){ 0 });		/* 10, 11, 12 */
		while (host_line(&h) != 12)
			assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
		t = process_threads(h.control->process);
		assert_int_equal(tgkill(t->tid, t->tid, blocked ? SIGUSR2 : SIGUSR1), 0);
		while (host_line(&h) != 10)
			assert_int_equal(host_back(&h, CONTROL_NEXT, false, 1), REASON_STEP);
		assert_int_equal(control_rewind(h.control, control_position(h.control), &o), blocked ? -EPERM : 0);
		if (blocked) {
			assert_string_equal(o.what, "a signal");
		} else {
			assert_int_equal(host_int(&h, "n"), 0);
			assert_int_equal(host_continue(&h), REASON_EXITED);
			assert_int_equal(host_int(&h, "n"), 2);
		}
		host_stop(&h);
	}
}

/* A timer's signal that came in a library call, where its handler was entered. */
static void a_timer_that_is_over(void **state)
{
	struct control_obstacle o;
	struct host h;
	uint64_t set;

	(void)state;
	host_start(&h, "#include <signal.h>\n#include <sys/time.h>\n#include <unistd.h>\n"
	    "static int n; static void on(int s) { n += s; }\n"				/* 4 */
	    "int main(void)\n{\n	struct itimerval t = { { 0, 0 }, { 0, 20000 } };\n"	/* 7 */
	    "	signal(SIGALRM, on);\n	setitimer(ITIMER_REAL, &t, 0);\n"		/* 9 */
	    "	n = 1;\n	pause();\n	return n;\n}\n", &(struct host_options){ 0 });
	while (host_line(&h) != 10)
		assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	set = control_position(h.control);
	assert_int_equal(steps(&h), REASON_EXITED);
	assert_int_equal(control_can_rewind(h.control, set, &o), -EPERM);
	assert_string_equal(o.what, "a signal");
	assert_in_range(o.position, set + 1, control_frontier(h.control));
	host_stop(&h);
}

/* What a signal does is put back by a call that takes it from memory: a program need not
 * have a stack for that. */
static void no_stack(void **state)
{
	struct host h;
	uint64_t before;

	(void)state;
	host_start(&h, ".globl main\nmain:\n	mov %rsp, %rbp\n	xor %esp, %esp\n"
	    "	mov $13, %eax\n	mov $10, %edi\n	lea action(%rip), %rsi\n	xor %edx, %edx\n"
	    "	mov $8, %r10d\n	syscall\n	mov $7, %ebx\n	nop\n"
	    "	mov $231, %eax\n	mov %ebx, %edi\n	syscall\n"
	    "	.data\n	.balign 8\naction:	.quad 1, 0, 0, 0\n", &(struct host_options){ .language = "assembler" });
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 2), REASON_STEP);
	before = control_position(h.control);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 7), REASON_STEP);
	rewinds_to(&h, before);
	assert_int_equal(steps(&h), REASON_EXITED);
	assert_int_equal(h.control->timeline->events.status, 7);
	host_stop(&h);
}

/* SIGTRAP is never blocked while the program is stepped: what it thinks of that is put back. */
static void blocked_traps(void **state)
{
	struct host h;
	uint64_t open;

	(void)state;
	host_start(&h, "#include <signal.h>\n#include <unistd.h>\n#include <sys/syscall.h>\n"
	    "static int n; static void on(int s) { n += s; }\n"				/* 4 */
	    "int main(void)\n{\n	sigset_t trap, was;\n	sigemptyset(&trap);\n	sigaddset(&trap, SIGTRAP);\n"
	    "	signal(SIGTRAP, on);\n"
	    "	n = 1;\n"								/* 11 */
	    "	sigprocmask(SIG_BLOCK, &trap, &was);\n"
	    "	n += 10 * sigismember(&was, SIGTRAP);\n	n++;\n"			/* 14 */
	    "	sigprocmask(SIG_BLOCK, 0, &was);\n"
	    "	return n + 20 * sigismember(&was, SIGTRAP);\n}\n", &(struct host_options){ 0 });
	while (host_line(&h) != 11)
		assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	open = control_position(h.control);
	while (host_line(&h) != 14)
		assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	rewinds_to(&h, open);
	assert_int_equal(steps(&h), REASON_EXITED);
	assert_int_equal(h.control->timeline->events.status, 22);
	host_stop(&h);
}

/* Many calls of which only the filter tells: judged in no time. */
static void calls_that_were_not_reported(void **state)
{
	struct control_obstacle o;
	struct timespec began, now;
	struct host h;

	(void)state;
	host_start(&h, "#include <unistd.h>\n#include <sys/syscall.h>\nint main(void)\n{\n"
	    "	for (int i = 0; i < 60000; i++)\n		syscall(SYS_brk, 0);\n	return 0;\n}\n",
	    &(struct host_options){ 0 });
	assert_int_equal(host_continue(&h), REASON_EXITED);
	clock_gettime(CLOCK_MONOTONIC, &began);
	assert_int_equal(control_can_rewind(h.control, 0, &o), -EPERM);
	clock_gettime(CLOCK_MONOTONIC, &now);
	assert_string_equal(o.what, "exit");
	assert_true((now.tv_sec - began.tv_sec) * 1000 + (now.tv_nsec - began.tv_nsec) / 1000000 < 100);
	host_stop(&h);
}

/* Threads that are there before and after: each goes on from where it was. */
static void threads(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		wander("#include <pthread.h>\n#include <stdio.h>\n#include <unistd.h>\n"
		    "pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER; pthread_cond_t c = PTHREAD_COND_INITIALIZER;\n"
		    "int turn, sum;\n"
		    "static void *work(void *a) {\n	long me = (long)a;\n	for (int i = 0; i < 200; i++) {\n"
		    "		pthread_mutex_lock(&m);\n		while (turn % 3 != me) pthread_cond_wait(&c, &m);\n"
		    "		sum += (int)me * i;\n		turn++;\n		pthread_cond_broadcast(&c);\n"
		    "		pthread_mutex_unlock(&m);\n	}\n	return a;\n}\n"
		    "int main(void) {\n	pthread_t t[2];\n	pthread_create(&t[0], 0, work, (void *)1);\n"
		    "	pthread_create(&t[1], 0, work, (void *)2);\n	work((void *)0);\n"
		    "	pthread_join(t[0], 0);\n	pthread_join(t[1], 0);\n	printf(\"%d\\n\", sum);\n	return 9;\n}\n",
		    &(struct host_options){ .flags = "-pthread" }, 3, 9, "59700\n");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c_program), cmocka_unit_test(cxx_program), cmocka_unit_test(heap),
		cmocka_unit_test(stack_that_grows), cmocka_unit_test(signals), cmocka_unit_test(input),
		cmocka_unit_test(files_that_are_read), cmocka_unit_test(vector_registers),
		cmocka_unit_test(wandering), cmocka_unit_test(threads), cmocka_unit_test(limits),
		cmocka_unit_test(obstacles), cmocka_unit_test(killed), cmocka_unit_test(protections),
		cmocka_unit_test(writes_to_itself), cmocka_unit_test(a_timer_that_is_over), cmocka_unit_test(a_signal_on_its_way),
		cmocka_unit_test(no_stack), cmocka_unit_test(blocked_traps),
		cmocka_unit_test(calls_that_were_not_reported),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
