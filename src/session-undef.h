/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Included after each use of session.def; no include guard, on purpose. */
#undef COMMON
#undef END_COMMON
#undef RECORD
#undef END_RECORD
#undef COMMAND
#undef RESERVED
#undef END
#undef UINT
#undef INT
#undef BOOL
#undef ADDRESS
#undef TEXT
#undef BYTES
#undef CHOICE
#undef LIST
#undef WITH
#undef EVENT
