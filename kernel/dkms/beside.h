/* SPDX-License-Identifier: MIT */
/*
 * For the module that lies beside the kernel's own: no device's alias names it, modprobe.conf
 * alone has it loaded.
 */
#include <linux/module.h>

#undef MODULE_DEVICE_TABLE
#define MODULE_DEVICE_TABLE(type, name)
