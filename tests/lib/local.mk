# SPDX-License-Identifier: AGPL-3.0-or-later
# For tests/lib/launcher.py, where a test plays the launcher.
noinst_PROGRAMS += tests/lib/with-policy
tests_lib_with_policy_SOURCES = tests/lib/with-policy.c
tests_lib_with_policy_LDADD = libsandboxspawn.a libsandbox.a libshared.a $(SECCOMP_LIBS)
