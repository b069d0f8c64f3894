/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Sessions by id and by owner, and what is kept of those that have ended. */
#include <stdio.h>
#include <string.h>

#include "broker/ended.h"
#include "broker/table.h"
#include "tests/unit/unit.h"

#define MANY 1000

static void ids_are_long_and_their_own(void **state)
{
	static struct table_entry entries[MANY];
	struct table *t = table_new(10);	/* far fewer buckets than sessions */

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(table_add(t, &entries[i], "", "anna"), 0);
		assert_int_equal(strlen(entries[i].id), 22);
		assert_int_equal(strspn(entries[i].id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "abcdefghijklmnopqrstuvwxyz0123456789-_"), 22);
	}
	for (size_t i = 0; i < MANY; i++)
		assert_ptr_equal(table_find(t, "anna", entries[i].id), &entries[i]);
	assert_int_equal(table_count(t), MANY);
	for (size_t i = 0; i < MANY; i++)
		table_remove(t, &entries[i]);
	assert_int_equal(table_count(t), 0);
	table_free(t);
}

static void the_longest_node_fits(void **state)
{
	struct table *t = table_new(10);
	struct table_entry e;

	(void)state;
	assert_int_equal(table_add(t, &e, "0123456789abcdef0123456789abcdef", "anna"), 0);
	assert_memory_equal(e.id, "0123456789abcdef0123456789abcdef.", 33);
	assert_int_equal(strlen(e.id), 33 + 22);
	table_remove(t, &e);
	table_free(t);
}

static void count_each(void *arg, struct table_entry *e)
{
	(void)e;
	++*(size_t *)arg;
}

static void owners_see_their_own(void **state)
{
	struct table *t = table_new(10);
	struct table_entry anna[3], bert;
	size_t seen = 0;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(table_add(t, &anna[i], "", "anna"), 0);
	assert_int_equal(table_add(t, &bert, "", "bert"), 0);
	assert_null(table_find(t, "bert", anna[0].id));
	assert_null(table_find(t, "", anna[0].id));
	assert_null(table_find(t, "anna", ""));
	assert_ptr_equal(table_find_any(t, anna[0].id), &anna[0]);
	assert_string_equal(table_owner(&bert), "bert");
	table_each_of(t, "anna", count_each, &seen);
	assert_int_equal(seen, 3);
	assert_int_equal(table_count_of(t, "anna"), 3);
	table_each(t, count_each, &seen);
	assert_int_equal(seen, 3 + 4);
	for (int i = 0; i < 3; i++)
		table_remove(t, &anna[i]);
	assert_int_equal(table_count_of(t, "anna"), 0);
	assert_int_equal(table_count_of(t, "bert"), 1);
	table_remove(t, &bert);
	table_free(t);
}

static void the_last_ended_are_kept_for_their_owners(void **state)
{
	struct ended *all = ended_new();
	struct msg_ended how = { .code = "deleted" };

	(void)state;
	assert_null(ended_find(all, "", ""));
	for (int i = 0; i < ENDED_KEPT + 1; i++) {
		snprintf(how.session, sizeof how.session, "s%d", i);
		ended_add(all, "anna", &how);
	}
	assert_null(ended_find(all, "anna", "s0"));
	assert_string_equal(ended_find(all, "anna", "s1")->code, "deleted");
	assert_non_null(ended_find(all, "anna", "s256"));
	assert_null(ended_find(all, "bert", "s1"));
	ended_free(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_long_and_their_own),
		cmocka_unit_test(the_longest_node_fits),
		cmocka_unit_test(owners_see_their_own),
		cmocka_unit_test(the_last_ended_are_kept_for_their_owners),
	};

	return RUN_TESTS(tests);
}
