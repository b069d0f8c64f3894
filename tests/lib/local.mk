# SPDX-License-Identifier: AGPL-3.0-or-later
# For tests/lib/launcher.py, where a test plays the launcher.
noinst_PROGRAMS += tests/lib/with-policy
tests_lib_with_policy_SOURCES = tests/lib/with-policy.c
tests_lib_with_policy_LDADD = libsandboxspawn.a libsandbox.a libshared.a $(SECCOMP_LIBS) $(CAP_LIBS)

# For test_launcher.py: in the place of the launcher's children.
noinst_PROGRAMS += tests/lib/stand-in
tests_lib_stand_in_SOURCES = tests/lib/stand-in.c
tests_lib_stand_in_LDADD = libsandbox.a libshared.a
