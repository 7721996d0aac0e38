/*
 * A process that libsam watches.
 *
 *   sam-program POLICY INTERVAL
 *
 * POLICY: restart, or quorum-restart; INTERVAL: of heartbeats in milliseconds, 0 for none. It prints one line of JSON for
 * each instance, then does what the lines of standard input say: "start", "stop", "beat", "hang", "exit".
 */
#include <corosync/cmap.h>
#include <corosync/sam.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void check(const char* what, cs_error_t error) {
  if (error == CS_OK) return;
  printf("{\"failed\":\"%s\",\"error\":%d}\n", what, error);
  exit(1);
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  sam_recovery_policy_t policy = SAM_RECOVERY_POLICY_RESTART | SAM_RECOVERY_POLICY_CMAP;
  if (strncmp(argv[1], "quorum-", 7) == 0) policy |= SAM_RECOVERY_POLICY_QUORUM;
  check("initialize", sam_initialize(atoi(argv[2]), policy));
  unsigned int instance = 0;
  check("register", sam_register(&instance));
  printf("{\"instance\":%u,\"pid\":%d,\"parent\":%d}\n", instance, (int)getpid(), (int)getppid());
  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = 0;
    if (strcmp(line, "start") == 0) {
      check("start", sam_start());
    } else if (strcmp(line, "stop") == 0) {
      check("stop", sam_stop());
    } else if (strcmp(line, "beat") == 0) {
      check("beat", sam_hc_send());
    } else if (strcmp(line, "hang") == 0) {
      for (;;) pause();
    } else if (strcmp(line, "exit") == 0) {
      // Else it would be started again.
      sam_finalize();
      return 0;
    }
    printf("{\"done\":\"%s\",\"instance\":%u}\n", line, instance);
  }
  return 0;
}
