/* A USB camera without the camera: loaded before the C library (LD_PRELOAD), it answers for one device file as a V4L2 driver does
 * (linux/videodev2.h), so that OpenCV's own V4L2 code can be run where there is no camera. It is no proof that a real one works.
 *
 * FAKE_DEVICE  the device file, which must exist and be a character device
 * FAKE_FOLDER  0.jpg, 1.jpg ...: what it sees, round and round; a file "unplugged" there takes it away, "hung" makes it silent;
 *              "asked" is appended to
 *
 * It offers motion JPEG in 640x360 and 1280x720, and raw YUYV in 640x360 only. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define BUFFERS 8
#define SIZE (1 << 20)

static int camera = -1, requested, streaming, queued[BUFFERS], next_picture;
static unsigned width = 640, height = 360, format = V4L2_PIX_FMT_YUYV, rate = 30;
static uint8_t *mapped[BUFFERS];

static const char *in_folder(const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", getenv("FAKE_FOLDER"), name);
    return path;
}

static int unplugged(void) { return access(in_folder("unplugged"), F_OK) == 0; }

static void asked(const char *what, unsigned a, unsigned b, unsigned c) {
    FILE *log = fopen(in_folder("asked"), "a");
    if (log) {
        fprintf(log, "%s %u %u %u\n", what, a, b, c);
        fclose(log);
    }
}

static int opened(const char *path) {
    const char *device = getenv("FAKE_DEVICE");
    return device && path && strcmp(path, device) == 0;
}

static int open_camera(void) {
    if (unplugged()) {
        errno = ENODEV;
        return -1;
    }
    camera = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    requested = streaming = 0;
    return camera;
}

#define OPEN(name)                                                                                                                         \
    int name(const char *path, int flags, ...) {                                                                                           \
        static int (*next)(const char *, int, ...);                                                                                        \
        if (!next) next = dlsym(RTLD_NEXT, #name);                                                                                         \
        if (opened(path)) return open_camera();                                                                                            \
        va_list more;                                                                                                                      \
        va_start(more, flags);                                                                                                             \
        int mode = va_arg(more, int);                                                                                                      \
        va_end(more);                                                                                                                      \
        return next(path, flags, mode);                                                                                                    \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    static int (*next)(int);
    if (!next) next = dlsym(RTLD_NEXT, "close");
    if (fd == camera) camera = -1;
    return next(fd);
}

#define MMAP(name)                                                                                                                         \
    void *name(void *at, size_t length, int access, int flags, int fd, off_t offset) {                                                     \
        static void *(*next)(void *, size_t, int, int, int, off_t);                                                                        \
        if (!next) next = dlsym(RTLD_NEXT, #name);                                                                                         \
        if (fd < 0 || fd != camera) return next(at, length, access, flags, fd, offset);                                                    \
        return mapped[offset / SIZE % BUFFERS] = next(at, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);                             \
    }
MMAP(mmap)
MMAP(mmap64)

static int fail(int number) {
    errno = number;
    return -1;
}

static void start(int on) {
    struct itimerspec every = {{0, 0}, {0, 0}};
    if (on) every.it_value.tv_nsec = every.it_interval.tv_nsec = 1000000000 / rate;
    timerfd_settime(camera, 0, &every, NULL);
    streaming = on;
}

static int set_format(struct v4l2_format *wanted, int really) {
    struct v4l2_pix_format *pix = &wanted->fmt.pix;
    if (wanted->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return fail(EINVAL);
    if (pix->pixelformat != V4L2_PIX_FMT_MJPEG && pix->pixelformat != V4L2_PIX_FMT_YUYV) pix->pixelformat = V4L2_PIX_FMT_YUYV;
    int large = pix->pixelformat == V4L2_PIX_FMT_MJPEG && pix->width >= 960;
    pix->width = large ? 1280 : 640, pix->height = large ? 720 : 360;
    pix->field = V4L2_FIELD_NONE, pix->bytesperline = 0, pix->sizeimage = SIZE, pix->colorspace = V4L2_COLORSPACE_SRGB;
    if (really) {
        if (streaming || requested) return fail(EBUSY);
        width = pix->width, height = pix->height, format = pix->pixelformat;
        asked("format", width, height, format);
    }
    return 0;
}

static int take_picture(struct v4l2_buffer *buffer) {
    uint64_t ticks;
    if (!streaming) return fail(EINVAL);
    if (access(in_folder("hung"), F_OK) == 0) {
        timerfd_settime(camera, 0, &(struct itimerspec){{0, 0}, {0, 0}}, NULL);
        return fail(EAGAIN);
    }
    if (read(camera, &ticks, sizeof ticks) < 0) return -1; /* EAGAIN: it is not time yet */
    for (int index = 0; index < requested; index++) {
        if (!queued[index] || !mapped[index]) continue;
        char name[32];
        snprintf(name, sizeof name, "%d.jpg", next_picture);
        FILE *picture = fopen(in_folder(name), "rb");
        if (!picture) {
            next_picture = 0;
            picture = fopen(in_folder("0.jpg"), "rb");
        }
        next_picture++;
        buffer->index = index, buffer->flags = V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_DONE, buffer->length = SIZE;
        buffer->bytesused = format == V4L2_PIX_FMT_MJPEG ? fread(mapped[index], 1, SIZE, picture) : width * height * 2;
        fclose(picture);
        queued[index] = 0;
        return 0;
    }
    return fail(EAGAIN);
}

static int answer(unsigned long request, void *argument) {
    struct v4l2_buffer *buffer = argument;
    struct v4l2_requestbuffers *buffers = argument;
    struct v4l2_streamparm *parameters = argument;
    struct v4l2_fract every = {1, rate};
    if (unplugged()) return fail(ENODEV);
    switch (request & 0xffffffff) {
    case VIDIOC_QUERYCAP:
        memset(argument, 0, sizeof(struct v4l2_capability));
        strcpy((char *)((struct v4l2_capability *)argument)->driver, "uvcvideo");
        ((struct v4l2_capability *)argument)->capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
        return 0;
    case VIDIOC_ENUMINPUT:
        return ((struct v4l2_input *)argument)->index ? fail(EINVAL) : 0;
    case VIDIOC_G_INPUT:
        *(int *)argument = 0;
        return 0;
    case VIDIOC_S_INPUT:
        return 0;
    case VIDIOC_G_FMT: {
        struct v4l2_format *now = argument;
        now->fmt.pix.width = width, now->fmt.pix.height = height, now->fmt.pix.pixelformat = format;
        return set_format(now, 0);
    }
    case VIDIOC_TRY_FMT:
        return set_format(argument, 0);
    case VIDIOC_S_FMT:
        return set_format(argument, 1);
    case VIDIOC_S_PARM:
        if (streaming) return fail(EBUSY);
        if (parameters->parm.capture.timeperframe.numerator)
            rate = parameters->parm.capture.timeperframe.denominator / parameters->parm.capture.timeperframe.numerator;
        asked("rate", rate, 0, 0);
        return 0;
    case VIDIOC_G_PARM:
        memset(&parameters->parm, 0, sizeof parameters->parm);
        parameters->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
        parameters->parm.capture.timeperframe = every;
        return 0;
    case VIDIOC_REQBUFS:
        requested = buffers->count = buffers->count > BUFFERS ? BUFFERS : buffers->count;
        memset(queued, 0, sizeof queued);
        if (requested) asked("buffers", requested, 0, 0);
        return 0;
    case VIDIOC_QUERYBUF:
        if ((int)buffer->index >= requested) return fail(EINVAL);
        buffer->length = SIZE, buffer->m.offset = buffer->index * SIZE;
        return 0;
    case VIDIOC_QBUF:
        if ((int)buffer->index >= requested) return fail(EINVAL);
        queued[buffer->index] = 1;
        return 0;
    case VIDIOC_DQBUF:
        return take_picture(buffer);
    case VIDIOC_STREAMON:
        start(1);
        return 0;
    case VIDIOC_STREAMOFF:
        start(0);
        memset(queued, 0, sizeof queued);
        return 0;
    default:
        return fail(ENOTTY);
    }
}

int ioctl(int fd, unsigned long request, ...) {
    static int (*next)(int, unsigned long, ...);
    if (!next) next = dlsym(RTLD_NEXT, "ioctl");
    va_list more;
    va_start(more, request);
    void *argument = va_arg(more, void *);
    va_end(more);
    return fd >= 0 && fd == camera ? answer(request, argument) : next(fd, request, argument);
}
