/* A fast SMTP sink for benchmarks: epoll, one thread, swallows every message.
 * usage: sink [chunking]   prints its port, then runs until killed; SIGTERM prints how many it took. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM (1 << 20)
struct client { int fd, have, in_data; long chunk; char *buf, out[8192]; int outn; };
static long taken;
static volatile sig_atomic_t stop;
static void on_term(int s) { (void)s; stop = 1; }

static void say(struct client *c, const char *text) {
    int n = strlen(text);
    if (c->outn + n > (int)sizeof c->out) { if (write(c->fd, c->out, c->outn) < 0) {} c->outn = 0; }
    memcpy(c->out + c->outn, text, n); c->outn += n;
}

static int command(struct client *c, char *line, int chunking) {
    if (!strncasecmp(line, "MAIL", 4) || !strncasecmp(line, "RCPT", 4) || !strncasecmp(line, "RSET", 4)) say(c, "250 2.0.0 ok\r\n");
    else if (!strncasecmp(line, "DATA", 4)) { c->in_data = 1; say(c, "354 go\r\n"); }
    else if (!strncasecmp(line, "BDAT", 4)) { c->chunk = atol(line + 5); c->in_data = 2; }
    else if (!strncasecmp(line, "EHLO", 4)) say(c, chunking ? "250-sink\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 8BITMIME\r\n" : "250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n");
    else if (!strncasecmp(line, "HELO", 4)) say(c, "250 sink\r\n");
    else if (!strncasecmp(line, "QUIT", 4)) { say(c, "221 bye\r\n"); return 0; }
    else say(c, "500 what\r\n");
    return 1;
}

static int work(struct client *c, int chunking) {
    int at = 0;
    for (;;) {
        char *p = c->buf + at; int left = c->have - at;
        if (c->in_data == 1) {
            char *end;
            if (left >= 3 && !memcmp(p, ".\r\n", 3)) end = p - 2;
            else end = memmem(p, left, "\r\n.\r\n", 5);
            if (!end) { int keep = left < 4 ? left : 4; at = c->have - keep; break; }
            at = end + 5 - c->buf; c->in_data = 0; taken++; say(c, "250 2.0.0 queued\r\n");
        } else if (c->in_data == 2) {
            long eat = left < c->chunk ? left : c->chunk;
            at += eat; c->chunk -= eat;
            if (c->chunk) break;
            c->in_data = 0; taken++; say(c, "250 2.0.0 queued\r\n");
        } else {
            char *end = memchr(p, '\n', left);
            if (!end) break;
            at = end + 1 - c->buf;
            if (!command(c, p, chunking)) { if (write(c->fd, c->out, c->outn) < 0) {} return 0; }
        }
    }
    memmove(c->buf, c->buf + at, c->have - at); c->have -= at;
    if (c->outn) { if (write(c->fd, c->out, c->outn) < 0) return 0; c->outn = 0; }
    return 1;
}

int main(int argc, char **argv) {
    int chunking = argc > 1 && !strcmp(argv[1], "chunking"), one = 1;
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof where;
    int door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), ep = epoll_create1(0);
    struct sigaction action = {.sa_handler = on_term};
    sigaction(SIGTERM, &action, NULL); signal(SIGPIPE, SIG_IGN);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(door, (void *)&where, size) || listen(door, 512)) { perror("sink"); return 1; }
    getsockname(door, (void *)&where, &size);
    printf("%d\n", ntohs(where.sin_port)); fflush(stdout);
    struct epoll_event ev = {.events = EPOLLIN}, got[64];
    epoll_ctl(ep, EPOLL_CTL_ADD, door, &ev);
    while (!stop) {
        int n = epoll_wait(ep, got, 64, 500);
        for (int i = 0; i < n; i++) {
            struct client *c = got[i].data.ptr;
            if (!c) {
                int fd;
                while ((fd = accept4(door, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                    c = calloc(1, sizeof *c); c->fd = fd; c->buf = malloc(ROOM);
                    struct epoll_event in = {.events = EPOLLIN, .data.ptr = c};
                    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &in);
                    say(c, "220 sink ESMTP\r\n");
                    if (write(fd, c->out, c->outn) < 0) {}
                    c->outn = 0;
                }
                continue;
            }
            ssize_t r = read(c->fd, c->buf + c->have, ROOM - c->have);
            if (r > 0) { c->have += r; if (work(c, chunking)) continue; }
            else if (r < 0 && (errno == EAGAIN || errno == EINTR)) continue;
            close(c->fd); free(c->buf); free(c);
        }
    }
    printf("%ld\n", taken);
    return 0;
}
