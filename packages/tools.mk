# Builds and installs the tools where there is no debhelper: make -C virtgpu-prime -f ../packages/tools.mk
# LIBDRM=prefix of ours LIBDIR=lib [RPATH=directory of our Mesa] [DESTDIR=] [install]
CFLAGS ?= -O2
LIBDIR ?= lib
name := virtgpu-prime
flags = -std=c11 -D_GNU_SOURCE -pthread -I../driver/include/uapi $(CFLAGS) $(LDFLAGS)
tool := $(filter-out draw.c vulkan.c mesa.c,$(wildcard *.c))
draw := draw.c mesa.c pixel.c
vulkan := vulkan.c mesa.c pixel.c
# GBM brings a libdrm, too: that of RPATH, for all that is loaded.
rpath := $(RPATH:%=-Wl,--disable-new-dtags,-rpath,%)

all: $(name) prime-draw prime-vulkan
$(name): $(tool)
	$(CC) -o $@ $(tool) $(flags) -I$(LIBDRM)/include/libdrm -L$(LIBDRM)/$(LIBDIR) -ldrm_virtgpu $(rpath) $$(pkg-config --cflags --libs libdrm json-c)
prime-draw: $(draw)
	$(CC) -o $@ $(draw) $(flags) $$(pkg-config --cflags --libs egl glesv2 gbm libdrm) $(rpath)
prime-vulkan: $(vulkan)
	$(CC) -o $@ $(vulkan) $(flags)
install: all
	install -D -t $(DESTDIR)/usr/bin $(name) ../packages/prime-run
	install -D -t $(DESTDIR)/usr/libexec/$(name) prime-draw prime-vulkan
	install -D ../packages/prime-session $(DESTDIR)/usr/lib/systemd/user-environment-generators/60-virtgpu-prime
	install -D -m 644 -t $(DESTDIR)/usr/share/man/man1 $(name).1 ../packages/prime-run.1
	install -D -m 644 $(name).bash $(DESTDIR)/usr/share/bash-completion/completions/$(name)
.PHONY: all install
