/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Included after each use of msg.def; no include guard, on purpose. */
#undef RECORD
#undef END_RECORD
#undef MSG
#undef UINT
#undef STR
#undef BIN
#undef ARRAY
#undef FD
#undef FDOPT
#undef END
