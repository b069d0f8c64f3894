/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Sessions that step in bulk, and the cores: the rule in a model of a machine, and the masks of a real pair. */
#include "tests/unit/unit.h"

#include <string.h>
#include <unistd.h>

#include "tests/unit/engine-host.h"
#include "tracer/process/private.h"

/* -- the rule: many sessions on a machine that is none --------------------------------- */

enum {
	SESSIONS_MAX = 200, CORES_MAX = 64,
	LOOK_MS = 100, BALANCE_MS = 64,		/* the scheduler's, of a busy core of two */
	SETTLE_MS = 3000, MEASURED_MS = 5000,
};

struct pair {
	int core, program;		/* the tracer's, and that the program is tied to */
	enum tie tie;
	double ran, waited, steps;	/* ms, ms, steps that take one */
	unsigned moves;
};

struct machine {
	int cores, sessions;
	bool careless;			/* takes half of a pair for all of it, and moves twice too many */
	struct pair pairs[SESSIONS_MAX];
	int load[CORES_MAX];
};

static uint64_t seed;

static unsigned draw(unsigned bound)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % bound);
}

static void move(struct machine *m, struct pair *p, int core)
{
	m->load[p->core]--;
	m->load[core]++;
	p->core = core;
	p->moves++;
}

/* Any tracer that it may move, of that core or of all (-1); NULL: there is none. */
static struct pair *movable(struct machine *m, int core)
{
	int first = (int)draw((unsigned)m->sessions);

	for (int i = 0; i < m->sessions; i++) {
		struct pair *p = &m->pairs[(first + i) % m->sessions];

		if (p->tie != TIE_BOTH && (core < 0 || p->core == core))
			return p;
	}
	return NULL;
}

/* Who wakes up is put onto an idle core, also from one that it has for itself. */
static void wake_on_idle(struct machine *m)
{
	struct pair *p;

	for (int core = 0; core < m->cores; core++)
		if (m->load[core] == 0 && (p = movable(m, -1)) != NULL)
			move(m, p, core);
}

static void balance(struct machine *m, int core)
{
	struct pair *p;
	int busiest = core, more;

	for (int i = 0; i < m->cores; i++)
		if (m->load[i] > m->load[busiest])
			busiest = i;
	more = m->load[busiest] - m->load[core];
	for (int n = m->careless ? more : more / 2; n > 0 && (p = movable(m, busiest)) != NULL; n--)
		move(m, p, core);
}

/* As measured: affinity.h. */
static void run_millisecond(const struct machine *m, struct pair *p)
{
	double share = 1.0 / m->load[p->core];

	p->steps += p->core == p->program ? share : share / 5;
	p->ran += 0.5 * share;
	p->waited += (0.32 + 0.78 * (m->load[p->core] - 1)) * share;
}

static void look_at_ties(struct pair *p, bool due)
{
	const struct core_time since = { (uint64_t)(p->ran * 1e6), (uint64_t)(p->waited * 1e6) };
	bool moved = p->core != p->program;

	if (!moved && !due)
		return;
	p->tie = !moved && core_is_crowded(&since) ? TIE_PROGRAM : TIE_BOTH;
	p->program = p->core;
	p->ran = p->waited = 0;
}

static void pass(struct machine *m, int milliseconds)
{
	for (int now = 0; now < milliseconds; now++) {
		for (int i = 0; i < m->sessions; i++)
			run_millisecond(m, &m->pairs[i]);
		wake_on_idle(m);
		for (int core = 0; core < m->cores; core++)
			if ((now + core * 7) % BALANCE_MS == 0)
				balance(m, core);
		for (int i = 0; i < m->sessions; i++)
			look_at_ties(&m->pairs[i], (now + i * 13) % LOOK_MS == 0);
	}
}

/* All are on the first core, as at their start on a machine that was busy then. */
static void machine_start(struct machine *m, int sessions, int cores, bool careless)
{
	*m = (struct machine){ .cores = cores, .sessions = sessions, .careless = careless };
	m->load[0] = sessions;
	for (int i = 0; i < sessions; i++)
		m->pairs[i].tie = TIE_BOTH;
	seed = 88172645463325252ull;
	pass(m, SETTLE_MS);
	for (int i = 0; i < sessions; i++)
		m->pairs[i].steps = m->pairs[i].moves = 0;
	pass(m, MEASURED_MS);
}

static double fastest_to_slowest(const struct machine *m)
{
	double most = m->pairs[0].steps, least = most;

	for (int i = 1; i < m->sessions; i++) {
		most = m->pairs[i].steps > most ? m->pairs[i].steps : most;
		least = m->pairs[i].steps < least ? m->pairs[i].steps : least;
	}
	return most / least;
}

static double together(const struct machine *m)
{
	double steps = 0;

	for (int i = 0; i < m->sessions; i++)
		steps += m->pairs[i].steps;
	return steps;
}

/* More sessions than cores: each gets its share, and no core is idle. */
static void crowds_are_spread(void **state)
{
	static const struct { int sessions, cores; } cases[] = {
		{ 4, 2 }, { 5, 2 }, { 8, 2 }, { 16, 4 }, { 30, 8 }, { 200, 64 },
	};
	struct machine m;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (int careless = 0; careless < 2; careless++) {
			machine_start(&m, cases[i].sessions, cases[i].cores, careless);
			if (fastest_to_slowest(&m) > 1.5 + 1e-6)
				fail_msg("%d on %d, %d: %.2f", m.sessions, m.cores, careless, fastest_to_slowest(&m));
			if (together(&m) < 0.98 * m.cores * MEASURED_MS)
				fail_msg("%d on %d, %d: %.0f steps", m.sessions, m.cores, careless, together(&m));
		}
}

/* A core for everybody: each finds one, and nobody leaves it. */
static void who_has_a_core_stays(void **state)
{
	static const struct { int sessions, cores; } cases[] = { { 1, 1 }, { 1, 2 }, { 2, 2 }, { 3, 4 }, { 8, 64 }, { 64, 64 } };
	struct machine m;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		machine_start(&m, cases[i].sessions, cases[i].cores, true);
		for (int n = 0; n < m.sessions; n++) {
			assert_int_equal(m.load[m.pairs[n].core], 1);
			assert_int_equal(m.pairs[n].moves, 0);
			assert_int_equal(m.pairs[n].tie, TIE_BOTH);
		}
	}
}

/* -- the masks of a tracer and its program ------------------------------------------------ */

static cpu_set_t mask_of(pid_t pid)
{
	cpu_set_t set;

	assert_int_equal(sched_getaffinity(pid, sizeof set, &set), 0);
	return set;
}

static bool is_only(pid_t pid, int cpu)
{
	const cpu_set_t set = mask_of(pid);

	return CPU_COUNT(&set) == 1 && CPU_ISSET(cpu, &set);
}

static bool is_all(pid_t pid, const cpu_set_t *all)
{
	const cpu_set_t set = mask_of(pid);

	return CPU_EQUAL(&set, all);
}

/* A look that finds that the tracer has had its core for itself, or has waited. */
static void look_now(struct process *p, bool crowded)
{
	p->affinity.looked = (struct timespec){ 0 };
	p->affinity.time = (struct core_time){ .ran = crowded ? 0 : 1ull << 63, .waited = crowded ? 1ull << 63 : 0 };
	process_share_cores(p);
}

/* As the scheduler does; it stays there while its mask says so. */
static int put_elsewhere(int cpu, const cpu_set_t *all)
{
	cpu_set_t one;

	for (int other = 0; other < CPU_SETSIZE; other++)
		if (other != cpu && CPU_ISSET(other, all)) {
			CPU_ZERO(&one);
			CPU_SET(other, &one);
			assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
			return other;
		}
	return cpu;
}

static void tied_and_untied(void **state)
{
	const cpu_set_t all = mask_of(0);
	const struct host_options plain = { 0 };
	struct process *p;
	struct host h;
	pid_t program;
	int cpu;

	(void)state;
	host_start(&h, "int main(void)\n{\n	return 0;\n}\n", &plain);
	p = h.control->process;
	program = process_pid(p);
	process_share_cores(p);
	assert_true(is_all(0, &all) && is_all(program, &all));
	process_pin(p);
	cpu = sched_getcpu();
	assert_true(is_only(0, cpu) && is_only(program, cpu));
	look_now(p, false);
	assert_true(is_only(0, cpu) && is_only(program, cpu));
	if (CPU_COUNT(&all) > 1) {
		look_now(p, true);
		assert_true(is_all(0, &all) && is_only(program, cpu));
		cpu = put_elsewhere(cpu, &all);
		process_pin(p);
		assert_true(is_only(0, cpu) && is_only(program, cpu));
		look_now(p, true);
		assert_true(is_all(0, &all) && is_only(program, cpu));
		look_now(p, false);
		cpu = sched_getcpu();
		assert_true(is_only(0, cpu) && is_only(program, cpu));
	}
	process_unpin(p);
	assert_true(is_all(0, &all) && is_all(program, &all));
	/* From there, too. */
	process_pin(p);
	look_now(p, true);
	process_unpin(p);
	assert_true(is_all(0, &all) && is_all(program, &all));
	host_stop(&h);
}

static void on_later(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

/* Commands in quick succession are done tied; who goes on later finds both as they were. */
static void rests_between_commands(void **state)
{
	const cpu_set_t all = mask_of(0);
	const struct host_options plain = { .policy = RECORDS_STEPS };
	const struct timeval later = { 0, 100000 };
	bool passed = false;
	struct process *p;
	struct host h;

	(void)state;
	host_start(&h, "int main(void)\n{\n	return 0;\n}\n", &plain);
	p = h.control->process;
	host_step(&h, CONTROL_STEP_IN, true, 1);
	assert_int_equal(p->affinity.tie, TIE_BOTH);
	assert_true(p->affinity.resting);
	process_pin(p);
	event_base_once(h.base, -1, EV_TIMEOUT, on_later, &passed, &later);
	while (!passed)
		event_base_loop(h.base, EVLOOP_ONCE);
	assert_int_equal(p->affinity.tie, TIE_BOTH);
	host_step(&h, CONTROL_STEP_IN, true, 1);
	while (p->affinity.tie != TIE_NONE)
		event_base_loop(h.base, EVLOOP_ONCE);
	assert_true(is_all(0, &all) && is_all(process_pid(p), &all));
	host_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crowds_are_spread),
		cmocka_unit_test(who_has_a_core_stays),
		cmocka_unit_test(tied_and_untied),
		cmocka_unit_test(rests_between_commands),
	};

	return RUN_TESTS(tests);
}
