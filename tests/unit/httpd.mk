# SPDX-License-Identifier: AGPL-3.0-or-later
# policy-helper is for tests/lib/frontend.py.
check_PROGRAMS += tests/unit/policy-helper
tests_unit_policy_helper_SOURCES = tests/unit/policy-helper.c
tests_unit_policy_helper_LDADD = libsandboxspawn.a libsandbox.a libshared.a $(SECCOMP_LIBS)
