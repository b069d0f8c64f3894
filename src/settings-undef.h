/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Included after each use of settings.def; no include guard, on purpose. */
#undef TEXT
#undef CHOICE
#undef NUMBER
#undef BYTES
