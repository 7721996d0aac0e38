/*
 * Multicasts from a zero-copy buffer of libcpg, and prints what comes back.
 *
 *   zero-copy-program BYTES COUNT
 *
 * One line of JSON: how many of COUNT messages of BYTES bytes arrived whole and in order, and the error of a send from a
 * buffer that was freed.
 */
#include <corosync/cpg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t bytes;
static int joined, arrived, wrong;

static void deliver(cpg_handle_t handle, const struct cpg_name* group, uint32_t node, uint32_t pid, void* data,
                    size_t length) {
  (void)handle, (void)group, (void)node, (void)pid;
  const uint8_t* message = data;
  if (length != bytes) wrong++;
  for (size_t i = 0; i < length; i++) {
    if (message[i] != (uint8_t)(arrived + i)) {
      wrong++;
      break;
    }
  }
  arrived++;
}

static void changed(cpg_handle_t handle, const struct cpg_name* group, const struct cpg_address* members,
                    size_t count, const struct cpg_address* left, size_t left_count,
                    const struct cpg_address* joined_list, size_t joined_count) {
  (void)handle, (void)group, (void)members, (void)count, (void)left, (void)left_count, (void)joined_list;
  joined += joined_count > 0;
}

static void check(const char* what, cs_error_t error) {
  if (error == CS_OK) return;
  printf("{\"failed\":\"%s\",\"error\":%d}\n", what, error);
  exit(1);
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  bytes = (size_t)atol(argv[1]);
  const int count = atoi(argv[2]);
  cpg_callbacks_t callbacks = {.cpg_deliver_fn = deliver, .cpg_confchg_fn = changed};
  cpg_handle_t handle;
  check("initialize", cpg_initialize(&handle, &callbacks));
  struct cpg_name group = {.length = 4, .value = "zero"};
  check("join", cpg_join(handle, &group));
  while (joined == 0) check("dispatch", cpg_dispatch(handle, CS_DISPATCH_ONE));
  void* buffer;
  void* other;
  check("alloc", cpg_zcb_alloc(handle, bytes, &buffer));
  check("alloc", cpg_zcb_alloc(handle, 100, &other));
  for (int sent = 0; sent < count; sent++) {
    for (size_t i = 0; i < bytes; i++) ((uint8_t*)buffer)[i] = (uint8_t)(sent + i);
    cs_error_t error;
    while ((error = cpg_zcb_mcast_joined(handle, CPG_TYPE_AGREED, buffer, bytes)) == CS_ERR_TRY_AGAIN) usleep(1000);
    check("multicast", error);
    check("dispatch", cpg_dispatch(handle, CS_DISPATCH_ALL));
  }
  while (arrived < count) check("dispatch", cpg_dispatch(handle, CS_DISPATCH_ONE));
  check("free", cpg_zcb_free(handle, buffer));
  check("free", cpg_zcb_free(handle, other));
  check("finalize", cpg_finalize(handle));
  printf("{\"arrived\":%d,\"wrong\":%d}\n", arrived, wrong);
  return 0;
}
