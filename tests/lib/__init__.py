# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the integration tests share; README.md says how a test is written."""
