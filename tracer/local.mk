# SPDX-License-Identifier: AGPL-3.0-or-later
include tracer/program/local.mk
include tracer/timeline/local.mk
include tracer/process/local.mk
