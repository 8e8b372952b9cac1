# virtio-gpu dGPU PRIME: the patches and the machine that proves them.
# `make help` lists the verbs; mk/ holds a fragment per component.

O        ?= out
LANE     ?= direct
QEMU     ?= stock
GPU      ?= gl
BLOB     ?= off
FLAVOUR  ?= debug
KERNEL   ?= 7.3
DRIVER   ?= ours
TIMEOUT  ?= 900
TESTS    ?=
LIST     ?=
UPDATE   ?=
CMD      ?=
KDIR     ?=
MIRROR   ?=
OFFLINE  ?=
FROM     ?=
TO       ?=
KEEP_GOING ?=
COMPONENT ?= kernel
SERIES   ?=
SIGNOFF  ?=
REROLL   ?=
GATES    ?=

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

# A path with spaces would be several to make, and `make clean` removes OUT.
$(foreach v,CURDIR O HOME XDG_CACHE_HOME,$(if $(word 2,$($v)),$(error $v has spaces: $($v))))
$(if $(filter $(abspath $(O)) $(abspath $(O))/%,$(CURDIR)),$(error O=$(O) contains the repository))
one_of = $(if $(filter $(2),$($(1))),,$(error $(1)=$($(1)): one of $(2)))
all_of = $(foreach n,$($(1)),$(if $(filter $(n),$(2)),,$(error $(1)=$(n): some of $(2))))
$(call one_of,FLAVOUR,debug plain)$(call one_of,DRIVER,ours stock)
$(call one_of,GPU,gl 2d none kept vga gl+2d 2d+gl)$(call one_of,BLOB,on off)

Q := $(if $(V),,@)
OUT := $(abspath $(O))
CACHE := $(abspath $(or $(XDG_CACHE_HOME),$(HOME)/.cache))/virtgpu-prime
export V CACHE OUT MIRROR OFFLINE
export TREE = $(OUT)/sysroot
enter := scripts/make/enter

include mk/cached.mk mk/tree.mk mk/patch.mk mk/kernel.mk mk/qemu.mk mk/libdrm.mk mk/runner.mk mk/mesa.mk mk/vulkan.mk mk/igt.mk mk/demo.mk mk/prime.mk mk/pictures.mk mk/bench.mk mk/packages.mk mk/dkms.mk mk/report.mk mk/check.mk mk/user.mk mk/uml.mk mk/qtest.mk mk/hostile.mk mk/send.mk

help:
	@cat Documentation/help.txt

clean:
	$(Q)rm -rf $(OUT)
distclean: clean
	$(Q)scripts/make/asroot rm -rf $(CACHE)
printvars:
	@$(foreach v,O OUT CACHE LANE QEMU GPU BLOB FLAVOUR KERNEL DRIVER LIST TESTS TIMEOUT KDIR MIRROR OFFLINE,echo '$v=$($v)';)

.PHONY: help clean distclean printvars
