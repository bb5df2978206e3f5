/* Lets one real process live on another machine: with another wall clock, with or without NTP, and a slow disk.
 *
 * LARDER_WALL names a file of 16 bytes, two native 64-bit integers that a test rewrites while the process runs: nanoseconds to add to
 * CLOCK_REALTIME, and 1 where the kernel's clock is to be disciplined (0: not). LARDER_FSYNC_MS: how much longer fsync and fdatasync
 * take. CLOCK_MONOTONIC and CLOCK_BOOTTIME stay as they are, as they do on a machine whose clock is set.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *wall;
static long fsync_ms;

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("LARDER_WALL"), *ms = getenv("LARDER_FSYNC_MS");
    if (ms)
        fsync_ms = atol(ms);
    if (file) {
        int fd = open(file, O_RDONLY);
        void *at = fd < 0 ? MAP_FAILED : mmap(NULL, 16, PROT_READ, MAP_SHARED, fd, 0);
        if (at == MAP_FAILED)
            abort();
        close(fd);
        wall = at;
    }
}

static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found)
        abort();
    return found;
}

static void shift(int64_t *seconds, int64_t *nanoseconds) {
    int64_t all = *seconds * 1000000000 + *nanoseconds + (wall ? wall[0] : 0);
    *seconds = all / 1000000000;
    *nanoseconds = all % 1000000000;
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    static int (*next)(clockid_t, struct timespec *);
    if (!next)
        next = real("clock_gettime");
    int code = next(clock, at);
    if (!code && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t s = at->tv_sec, ns = at->tv_nsec;
        shift(&s, &ns);
        at->tv_sec = s;
        at->tv_nsec = ns;
    }
    return code;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    (void)zone;
    int code = clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return code;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at)
        *at = now.tv_sec;
    return now.tv_sec;
}

int adjtimex(struct timex *told) {
    static int (*next)(struct timex *);
    if (!next)
        next = real("adjtimex");
    int code = next(told);
    if (wall) {
        told->status = wall[1] ? told->status & ~STA_UNSYNC : told->status | STA_UNSYNC;
        told->maxerror = wall[1] ? 5000 : 16000000;
        code = wall[1] ? TIME_OK : TIME_ERROR;
    }
    return code;
}

static void slowly(void) {
    struct timespec wait = {fsync_ms / 1000, fsync_ms % 1000 * 1000000};
    if (fsync_ms)
        nanosleep(&wait, NULL);
}

int fsync(int fd) {
    static int (*next)(int);
    if (!next)
        next = real("fsync");
    slowly();
    return next(fd);
}

int fdatasync(int fd) {
    static int (*next)(int);
    if (!next)
        next = real("fdatasync");
    slowly();
    return next(fd);
}
