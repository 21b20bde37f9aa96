/* A fast SMTP sink for measuring: one thread, epoll; it swallows every message.
 *
 * usage: sink [chunking] [delay=MS] [log=FILE] [tls=FILE]
 *
 * It prints its port and runs until SIGTERM, then prints how many messages it took and the microseconds of
 * processor time it used. delay: each answer leaves so many milliseconds late, as over a long line. log: a line
 * for each message: recipient, return path, length, Adler-32. tls: certificate and key (PEM), spoken from the
 * first byte; libssl is loaded when it is asked for, so that no headers are needed to compile this. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ROOM (1 << 20)
#define LINES 1024
enum { COMMANDS, DATA, BDAT };
struct client {
    int fd, have, state, outn, shaking;
    long chunk, length;
    uint32_t a, b;
    void *ssl;
    unsigned long life;
    char *buf, out[8192], from[512], to[512];
};
struct late { double due; int fd, n; unsigned long life; char text[512]; };

static struct client *clients[65536];
static struct late *queue;
static size_t q_head, q_tail, q_size = 1 << 16;
static unsigned long lives;
static long taken;
static double delay;
static FILE *book;
static const char *hello = "250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n";
static volatile sig_atomic_t stop;
static void on_term(int s) { (void)s; stop = 1; }

/* libssl, by hand */
static void *tls_context;
static void *(*TLS_new)(void *);
static int (*TLS_accept)(void *), (*TLS_read)(void *, void *, int), (*TLS_write)(void *, const void *, int);
static int (*TLS_fd)(void *, int), (*TLS_error)(void *, int);
static void (*TLS_free)(void *);

static void *need(void *lib, const char *name) {
    void *found = dlsym(lib, name);
    if (!found) { fprintf(stderr, "sink: libssl has no %s\n", name); exit(1); }
    return found;
}

static void load_tls(const char *pem) {
    void *lib = dlopen("libssl.so.3", RTLD_NOW | RTLD_GLOBAL);
    if (!lib) lib = dlopen("libssl.so.1.1", RTLD_NOW | RTLD_GLOBAL);
    if (!lib) lib = dlopen("libssl.so", RTLD_NOW | RTLD_GLOBAL);
    if (!lib) { fprintf(stderr, "sink: there is no libssl\n"); exit(1); }
    void *(*method)(void) = need(lib, "TLS_server_method");
    void *(*create)(void *) = need(lib, "SSL_CTX_new");
    int (*chain)(void *, const char *) = need(lib, "SSL_CTX_use_certificate_chain_file");
    int (*key)(void *, const char *, int) = need(lib, "SSL_CTX_use_PrivateKey_file");
    TLS_new = need(lib, "SSL_new"); TLS_fd = need(lib, "SSL_set_fd"); TLS_accept = need(lib, "SSL_accept");
    TLS_read = need(lib, "SSL_read"); TLS_write = need(lib, "SSL_write"); TLS_error = need(lib, "SSL_get_error");
    TLS_free = need(lib, "SSL_free");
    tls_context = create(method());
    if (chain(tls_context, pem) != 1 || key(tls_context, pem, 1) != 1) { fprintf(stderr, "sink: %s\n", pem); exit(1); }
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

/* ── answering ── */

static void put(struct client *c, const char *text, int n) {
    if ((c->ssl ? TLS_write(c->ssl, text, n) : write(c->fd, text, n)) < 0) {}
}

static void flush(struct client *c) {
    if (!c->outn) return;
    if (!delay) put(c, c->out, c->outn);
    for (int at = 0; delay && at < c->outn; at += 512) {
        if (q_tail - q_head == q_size) { fprintf(stderr, "sink: too many answers wait\n"); exit(1); }
        struct late *l = &queue[q_tail++ % q_size];
        l->due = now() + delay; l->fd = c->fd; l->life = c->life;
        l->n = c->outn - at < 512 ? c->outn - at : 512;
        memcpy(l->text, c->out + at, l->n);
    }
    c->outn = 0;
}

static void say(struct client *c, const char *text) {
    int n = strlen(text);
    if (c->outn + n > (int)sizeof c->out) flush(c);
    memcpy(c->out + c->outn, text, n); c->outn += n;
}

static int due(void) { /* send what is due; return the milliseconds until the next is */
    while (q_head < q_tail) {
        struct late *l = &queue[q_head % q_size];
        double left = l->due - now();
        if (left > 0) return (int)(left * 1000) + 1;
        struct client *c = clients[l->fd];
        if (c && c->life == l->life) put(c, l->text, l->n);
        q_head++;
    }
    return 500;
}

/* ── the dialogue ── */

static void address(char *into, const char *line) {
    const char *from = strchr(line, '<'), *to = from ? strchr(from, '>') : NULL;
    size_t n = to && to - from < 512 ? (size_t)(to - from - 1) : 0;
    if (n) memcpy(into, from + 1, n);
    into[n] = 0;
}

static int command(struct client *c, char *line) {
    if (!strncasecmp(line, "MAIL", 4)) { if (book) address(c->from, line); say(c, "250 2.1.0 ok\r\n"); }
    else if (!strncasecmp(line, "RCPT", 4)) { if (book) address(c->to, line); say(c, "250 2.1.5 ok\r\n"); }
    else if (!strncasecmp(line, "RSET", 4)) say(c, "250 2.0.0 ok\r\n");
    else if (!strncasecmp(line, "DATA", 4)) { c->state = DATA; c->length = 0; c->a = 1; c->b = 0; say(c, "354 go\r\n"); }
    else if (!strncasecmp(line, "BDAT", 4)) { c->state = BDAT; c->chunk = atol(line + 5); c->length = 0; c->a = 1; c->b = 0; }
    else if (!strncasecmp(line, "EHLO", 4)) say(c, hello);
    else if (!strncasecmp(line, "HELO", 4)) say(c, "250 sink\r\n");
    else if (!strncasecmp(line, "QUIT", 4)) { say(c, "221 bye\r\n"); return delay > 0; } /* an answer on its way: the client closes */
    else say(c, "500 what\r\n");
    return 1;
}

static void weigh(struct client *c, const char *p, long n) { /* Adler-32 (RFC 1950) of what is kept */
    c->length += n;
    if (!book) return;
    while (n) {
        long part = n < 5552 ? n : 5552;
        n -= part;
        while (part--) { c->a += (unsigned char)*p++; c->b += c->a; }
        c->a %= 65521; c->b %= 65521;
    }
}

static void take(struct client *c) {
    taken++;
    c->state = COMMANDS;
    if (book) fprintf(book, "%s\t%s\t%ld\t%u\n", c->to, c->from, c->length, c->b << 16 | c->a);
    say(c, "250 2.0.0 queued\r\n");
}

static int work(struct client *c) {
    int at = 0, open = 1;
    while (open) {
        char *p = c->buf + at, *end;
        int left = c->have - at;
        if (c->state == DATA) {
            if (!c->length && left >= 3 && !memcmp(p, ".\r\n", 3)) { at += 3; take(c); continue; }
            end = memmem(p, left, "\r\n.\r\n", 5);
            if (!end) {
                int eat = left > 4 ? left - 4 : 0;
                weigh(c, p, eat);
                at += eat;
                break;
            }
            weigh(c, p, end + 2 - p);
            at = end + 5 - c->buf;
            take(c);
        } else if (c->state == BDAT) {
            long eat = left < c->chunk ? left : c->chunk;
            weigh(c, p, eat);
            at += eat; c->chunk -= eat;
            if (c->chunk) break;
            take(c);
        } else {
            end = memchr(p, '\n', left);
            if (!end) break;
            at = end + 1 - c->buf;
            *end = 0;
            open = command(c, p);
        }
    }
    memmove(c->buf, c->buf + at, c->have - at);
    c->have -= at;
    flush(c);
    return open;
}

static void leave(struct client *c) {
    clients[c->fd] = NULL;
    if (c->ssl) TLS_free(c->ssl);
    close(c->fd); free(c->buf); free(c);
}

static void enter(int ep, int fd) {
    int one = 1;
    struct client *c = calloc(1, sizeof *c);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->fd = fd; c->buf = malloc(ROOM); c->life = ++lives; clients[fd] = c;
    if (tls_context) { c->ssl = TLS_new(tls_context); TLS_fd(c->ssl, fd); c->shaking = 1; }
    struct epoll_event in = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &in);
    if (!c->shaking) { say(c, "220 sink ESMTP\r\n"); flush(c); }
}

static int hear(struct client *c) { /* 0: the connection is over */
    if (c->shaking) {
        int done = TLS_accept(c->ssl);
        if (done != 1) { int why = TLS_error(c->ssl, done); return why == 2 || why == 3; }
        c->shaking = 0;
        say(c, "220 sink ESMTP\r\n"); flush(c);
    }
    if (!c->ssl) {
        ssize_t r = read(c->fd, c->buf + c->have, ROOM - c->have);
        if (r <= 0) return r < 0 && (errno == EAGAIN || errno == EINTR);
        c->have += r;
        return work(c);
    }
    for (int r = 1; r > 0;) { /* records are small: gather what there is before looking at it */
        int had = c->have;
        while (c->have < ROOM / 2 && (r = TLS_read(c->ssl, c->buf + c->have, ROOM - c->have)) > 0) c->have += r;
        int more = r > 0 || TLS_error(c->ssl, r) == 2;
        if (c->have > had && !work(c)) return 0;
        if (!more) return 0;
    }
    return 1;
}

int main(int argc, char **argv) {
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof where;
    int door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), ep = epoll_create1(0), one = 1;
    struct sigaction action = {.sa_handler = on_term};
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "chunking")) hello = "250-sink\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 8BITMIME\r\n";
        else if (!strncmp(argv[i], "delay=", 6)) { delay = atof(argv[i] + 6) / 1000; queue = malloc(q_size * sizeof *queue); }
        else if (!strncmp(argv[i], "log=", 4)) book = fopen(argv[i] + 4, "w");
        else if (!strncmp(argv[i], "tls=", 4)) load_tls(argv[i] + 4);
        else { fprintf(stderr, "usage: sink [chunking] [delay=MS] [log=FILE] [tls=FILE]\n"); return 2; }
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* no sink outlives who started it */
    sigaction(SIGTERM, &action, NULL); signal(SIGPIPE, SIG_IGN);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(door, (void *)&where, size) || listen(door, 512)) { perror("sink"); return 1; }
    getsockname(door, (void *)&where, &size);
    printf("%d\n", ntohs(where.sin_port)); fflush(stdout);
    struct epoll_event ev = {.events = EPOLLIN, .data.fd = door}, got[64];
    epoll_ctl(ep, EPOLL_CTL_ADD, door, &ev);
    while (!stop) {
        int n = epoll_wait(ep, got, 64, delay ? due() : 500);
        for (int i = 0; i < n; i++) {
            int fd = got[i].data.fd;
            if (fd == door) { while ((fd = accept4(door, NULL, NULL, SOCK_NONBLOCK)) >= 0) enter(ep, fd); }
            else if (clients[fd] && !hear(clients[fd])) leave(clients[fd]);
        }
    }
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    if (book) fclose(book);
    printf("%ld %ld\n", taken, (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000L + used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    return 0;
}
