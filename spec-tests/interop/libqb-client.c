/*
 * libqb-client: libcpg programs that behave as programs should not, for the tests of the server that they connect to.
 *
 *   libqb-client come COUNT             connect and finalize COUNT times; prints the errors
 *   libqb-client deaf SECONDS           join the group of cpg-bench and never read an event
 *   libqb-client cut                    connect, then shorten every file of the connection to nothing and ask for something
 *   libqb-client scribble               connect, then fill the rings' headers and data with noise and ring
 *   libqb-client churn SECONDS SEED     50 processes at a time that join, send and die at random points
 */
#include <corosync/cpg.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static cpg_handle_t handle;

static void deliver(cpg_handle_t h, const struct cpg_name *g, uint32_t node, uint32_t pid, void *data, size_t length) {
  (void)h; (void)g; (void)node; (void)pid; (void)data; (void)length;
}

static cs_error_t connect_to_cpg(void) {
  static cpg_callbacks_t callbacks = { .cpg_deliver_fn = deliver };
  return cpg_initialize(&handle, &callbacks);
}

static cs_error_t join(const char *name) {
  struct cpg_name group = { .length = strlen(name) };
  memcpy(group.value, name, group.length);
  cs_error_t rc;
  while ((rc = cpg_join(handle, &group)) == CS_ERR_TRY_AGAIN) usleep(1000);
  return rc;
}

static void multicast(size_t size) {
  static char bytes[100000];
  struct iovec part = { bytes, size };
  cpg_mcast_joined(handle, CPG_TYPE_AGREED, &part, 1);
}

/* Calls `harm` with every mapping of a file of this process's connection. */
static void each_file(void (*harm)(const char *path, char *at, size_t length)) {
  char line[8192], path[4097];
  unsigned long from, to;
  FILE *maps = fopen("/proc/self/maps", "r");
  while (maps && fgets(line, sizeof line, maps))
    if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %4096s", &from, &to, path) == 3 && strstr(path, "/qb-"))
      harm(path, (char *)from, to - from);
  if (maps) fclose(maps);
}

static void cut(const char *path, char *at, size_t length) {
  (void)at; (void)length;
  if (truncate(path, 0) != 0) return; /* the daemon has ended the connection */
}

static void scribble(const char *path, char *at, size_t length) {
  for (size_t i = 0; i < length; i++) at[i] = (char)rand();
  /* One message is there, the semaphore says. */
  if (strstr(path, "-header")) *(uint32_t *)(at + 8208) = 1;
}

static void ring(void) {
  int fd;
  char byte = 0;
  cpg_fd_get(handle, &fd);
  if (send(fd, &byte, 1, MSG_NOSIGNAL) < 0) perror("send");
}

static void live_and_die(void) {
  int point = rand() % 6;
  if (point == 0) {
    struct timespec soon = { 0, rand() % 3000000 };
    if (fork() == 0) {
      nanosleep(&soon, NULL);
      kill(getppid(), SIGKILL);
      _exit(0);
    }
  }
  if (connect_to_cpg() != CS_OK || point == 1) _exit(0);
  if (join("churn") != CS_OK || point == 2) _exit(0);
  for (int i = rand() % 50; i > 0; i--) multicast(rand() % 2000);
  if (point == 3) raise(SIGKILL);
  if (point == 4) each_file(cut);
  if (point == 4) ring();
  if (point == 5) cpg_finalize(handle);
  _exit(0);
}

static void churn(double seconds, unsigned seed) {
  time_t until = time(NULL) + (time_t)seconds;
  int running = 0;
  unsigned long total = 0;
  while (time(NULL) < until) {
    while (running < 50) {
      if (fork() == 0) {
        srand(seed + (unsigned)total);
        live_and_die();
      }
      running++, total++;
    }
    while (running > 0 && waitpid(-1, NULL, running == 50 ? 0 : WNOHANG) > 0) running--;
  }
  while (wait(NULL) > 0) ;
  printf("%lu clients\n", total);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  if (!strcmp(argv[1], "churn")) {
    churn(atof(argv[2]), (unsigned)atoi(argv[3]));
    return 0;
  }
  if (!strcmp(argv[1], "come")) {
    int errors = 0;
    for (int i = atoi(argv[2]); i > 0; i--) {
      if (connect_to_cpg() != CS_OK) errors++;
      else cpg_finalize(handle);
    }
    printf("%d errors\n", errors);
    return 0;
  }
  cs_error_t rc = connect_to_cpg();
  if (rc != CS_OK) {
    fprintf(stderr, "cpg_initialize: %d\n", rc);
    return 2;
  }
  printf("pid %d\n", getpid());
  fflush(stdout);
  if (!strcmp(argv[1], "deaf")) {
    join("cpg-bench");
    usleep((useconds_t)(atof(argv[2]) * 1e6));
  } else {
    int fd;
    char byte;
    each_file(!strcmp(argv[1], "cut") ? cut : scribble);
    ring();
    /* Until the daemon ends it. */
    cpg_fd_get(handle, &fd);
    struct timeval patience = { 5, 0 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    while (recv(fd, &byte, 1, MSG_WAITALL) > 0) ;
  }
  _exit(0);
}
