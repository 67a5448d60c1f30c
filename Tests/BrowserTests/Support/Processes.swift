// SPDX-License-Identifier: Apache-2.0

// Every file here waits for something or starts something.
@_exported public import TestProcesses
