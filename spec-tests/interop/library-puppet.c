/*
 * library-puppet: calls Corosync's client libraries as told, one call a line of input, and prints what comes of it. The
 * first word of a line names the call, the second a place for its handle; names and data are in hexadecimal. Each call is
 * answered by a line "= ..." with its cs_error_t and results. Callbacks are called by `drain` and `await` only, and print
 * "! PLACE ..." each. A call that is told to try again is repeated for some seconds.
 */
#define _GNU_SOURCE
#include <corosync/cfg.h>
#include <corosync/cmap.h>
#include <corosync/corotypes.h>
#include <corosync/cpg.h>
#include <corosync/quorum.h>
#include <corosync/votequorum.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define PLACES 16
#define WORDS 16

enum kind { NONE, CPG, CMAP, QUORUM, VOTES, CFG };

static struct place {
  enum kind kind;
  uint64_t handle;
  cpg_iteration_handle_t iteration;
  cmap_iter_handle_t iterator;
  cmap_track_handle_t trackers[PLACES];
  void *buffer;
} places[PLACES];

static char *words[WORDS];
static int count;
static long barrier_seen = -1;

#define AGAIN(rc, call)                                                     \
  do {                                                                      \
    int tries_ = 0;                                                         \
    while (((rc) = (call)) == CS_ERR_TRY_AGAIN && ++tries_ < 3000) usleep(1000); \
  } while (0)

static long number(int word) { return word < count ? strtol(words[word], NULL, 0) : 0; }

static size_t bytes(int word, unsigned char *out, size_t room) {
  size_t length = 0;
  const char *text = word < count ? words[word] : "";
  unsigned value;
  if (*text == '-') return 0;
  for (; length < room && sscanf(text, "%2x", &value) == 1; text += 2) {
    out[length++] = (unsigned char)value;
    if (text[1] == 0) break;
  }
  return length;
}

static char *text(int word) {
  static char buffers[4][1024];
  static int next;
  char *buffer = buffers[next++ % 4];
  buffer[bytes(word, (unsigned char *)buffer, 1023)] = 0;
  return buffer;
}

static void hex(const void *data, size_t length) {
  if (length == 0) putchar('-');
  for (size_t i = 0; i < length; i++) printf("%02x", ((const unsigned char *)data)[i]);
}

static unsigned sum(const void *data, size_t length) {
  unsigned value = 0;
  for (size_t i = 0; i < length; i++) value = value * 31 + ((const unsigned char *)data)[i];
  return value;
}

static int place_of(enum kind kind, uint64_t handle) {
  for (int i = 0; i < PLACES; i++)
    if (places[i].kind == kind && places[i].handle == handle) return i;
  return -1;
}

/* CPG */

static void addresses(const char *what, const struct cpg_address *list, size_t length) {
  printf(" %s", what);
  for (size_t i = 0; i < length; i++) printf(" %u/%u/%u", list[i].nodeid, list[i].pid, list[i].reason);
}

static void cpg_delivered(cpg_handle_t handle, const struct cpg_name *group, uint32_t node, uint32_t pid, void *data,
                          size_t length) {
  int place = place_of(CPG, handle);
  if (place == 0) {
    if (length == sizeof barrier_seen) memcpy(&barrier_seen, data, length);
    return;
  }
  printf("! %d deliver ", place);
  hex(group->value, group->length);
  printf(" %u/%u/0 %zu %u\n", node, pid, length, sum(data, length));
}

static void cpg_changed(cpg_handle_t handle, const struct cpg_name *group, const struct cpg_address *members,
                        size_t members_count, const struct cpg_address *left, size_t left_count,
                        const struct cpg_address *joined, size_t joined_count) {
  int place = place_of(CPG, handle);
  if (place == 0) return;
  printf("! %d change ", place);
  hex(group->value, group->length);
  addresses("members", members, members_count);
  addresses("left", left, left_count);
  addresses("joined", joined, joined_count);
  putchar('\n');
}

static void cpg_ring(cpg_handle_t handle, struct cpg_ring_id ring, uint32_t members_count, const uint32_t *members) {
  int place = place_of(CPG, handle);
  if (place == 0) return;
  printf("! %d ring %s", place, ring.nodeid != 0 ? "known" : "unknown");
  for (uint32_t i = 0; i < members_count; i++) printf(" %u", members[i]);
  putchar('\n');
}

static struct cpg_name name(int word) {
  struct cpg_name name = {0};
  unsigned char all[256];
  name.length = (uint32_t)bytes(word, all, sizeof all);
  memcpy(name.value, all, name.length < CPG_MAX_NAME_LENGTH ? name.length : CPG_MAX_NAME_LENGTH);
  return name;
}

static cs_error_t cpg_open(cpg_handle_t *handle, unsigned flags, void *context) {
  cpg_model_v1_data_t model = {.cpg_deliver_fn = cpg_delivered,
                               .cpg_confchg_fn = cpg_changed,
                               .cpg_totem_confchg_fn = cpg_ring,
                               .flags = flags};
  return cpg_model_initialize(handle, CPG_MODEL_V1, (cpg_model_data_t *)&model, context);
}

static void cpg_call(const char *call, struct place *place) {
  cs_error_t rc;
  cpg_handle_t handle = place->handle;
  struct cpg_name group = name(2);
  if (!strcmp(call, "init")) {
    AGAIN(rc, cpg_open(&place->handle, (unsigned)number(2), (void *)number(3)));
    if (rc == CS_OK) place->kind = CPG;
    printf("= %d\n", rc);
  } else if (!strcmp(call, "init0")) {
    cpg_callbacks_t callbacks = {number(2) & 1 ? cpg_delivered : NULL, number(2) & 2 ? cpg_changed : NULL};
    AGAIN(rc, cpg_initialize(&place->handle, &callbacks));
    if (rc == CS_OK) place->kind = CPG;
    printf("= %d\n", rc);
  } else if (!strcmp(call, "finalize")) {
    rc = cpg_finalize(handle);
    place->kind = NONE;
    place->buffer = NULL;
    printf("= %d\n", rc);
  } else if (!strcmp(call, "join")) {
    AGAIN(rc, cpg_join(handle, &group));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "leave")) {
    AGAIN(rc, cpg_leave(handle, &group));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "mcast")) { /* guarantee, length, parts */
    size_t length = (size_t)number(3), parts = (size_t)number(4), done = 0;
    unsigned char *data = malloc(length + 1);
    struct iovec vector[8];
    unsigned self;
    for (size_t i = 0; i < length; i++) data[i] = (unsigned char)(length + i * 7);
    for (size_t i = 0; i < parts; i++) {
      size_t part = i + 1 == parts ? length - done : length / parts;
      vector[i] = (struct iovec){data + done, part};
      done += part;
    }
    AGAIN(rc, cpg_mcast_joined(handle, (cpg_guarantee_t)number(2), vector, (unsigned)parts));
    free(data);
    /* Its answer says that the daemon has seen the message, which has none. */
    cpg_local_get(handle, &self);
    printf("= %d\n", rc);
  } else if (!strcmp(call, "members")) {
    struct cpg_address list[512];
    int entries = (int)number(3);
    AGAIN(rc, cpg_membership_get(handle, &group, list, &entries));
    printf("= %d %d", rc, rc == CS_OK ? entries : 0);
    for (int i = 0; i < entries && rc == CS_OK && i < number(3); i++) printf(" %u/%u/0", list[i].nodeid, list[i].pid);
    putchar('\n');
  } else if (!strcmp(call, "local")) {
    unsigned self = 0;
    AGAIN(rc, cpg_local_get(handle, &self));
    printf("= %d %u\n", rc, self);
  } else if (!strcmp(call, "max")) {
    uint32_t max = 0;
    AGAIN(rc, cpg_max_atomic_msgsize_get(handle, &max));
    printf("= %d %u\n", rc, max);
  } else if (!strcmp(call, "flow")) {
    cpg_flow_control_state_t state = 9;
    AGAIN(rc, cpg_flow_control_state_get(handle, &state));
    printf("= %d %d\n", rc, state);
  } else if (!strcmp(call, "context")) {
    void *context = NULL;
    rc = cpg_context_set(handle, (void *)number(2));
    cs_error_t got = cpg_context_get(handle, &context);
    printf("= %d %d %ld\n", rc, got, (long)context);
  } else if (!strcmp(call, "iterate")) { /* group, type */
    AGAIN(rc, cpg_iteration_initialize(handle, (cpg_iteration_type_t)number(3), number(4) ? NULL : &group, &place->iteration));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "next")) {
    struct cpg_iteration_description_t entry;
    AGAIN(rc, cpg_iteration_next(place->iteration, &entry));
    printf("= %d", rc);
    if (rc == CS_OK) {
      printf(" ");
      hex(entry.group.value, entry.group.length);
      printf(" %u/%u/0", entry.nodeid, entry.pid);
    }
    putchar('\n');
  } else if (!strcmp(call, "iterated")) {
    AGAIN(rc, cpg_iteration_finalize(place->iteration));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "alloc")) {
    AGAIN(rc, cpg_zcb_alloc(handle, (size_t)number(2), &place->buffer));
    if (rc != CS_OK) place->buffer = NULL;
    else memset(place->buffer, 'z', (size_t)number(2));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "zero")) { /* guarantee, length */
    rc = CS_ERR_BAD_HANDLE;
    if (place->buffer) AGAIN(rc, cpg_zcb_mcast_joined(handle, (cpg_guarantee_t)number(2), place->buffer, (size_t)number(3)));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "free")) {
    rc = CS_ERR_BAD_HANDLE;
    if (place->buffer) AGAIN(rc, cpg_zcb_free(handle, place->buffer));
    place->buffer = NULL;
    printf("= %d\n", rc);
  } else printf("= unknown call\n");
}

/* The configuration map */

static void cmap_value(int type, const void *data, size_t length) {
  printf(" %d %zu ", type, length);
  hex(data, data ? length : 0);
}

static void cmap_changed(cmap_handle_t handle, cmap_track_handle_t tracker, int32_t event, const char *key,
                         struct cmap_notify_value new_value, struct cmap_notify_value old_value, void *data) {
  (void)tracker;
  printf("! %d tracker %ld event %d %s new", place_of(CMAP, handle), (long)data, event, key);
  cmap_value(new_value.type, new_value.data, new_value.len);
  printf(" old");
  cmap_value(old_value.type, old_value.data, old_value.len);
  putchar('\n');
}

static void cmap_call(const char *call, struct place *place) {
  cs_error_t rc;
  cmap_handle_t handle = place->handle;
  const char *key = count > 2 && strcmp(words[2], "null") ? text(2) : NULL;
  static unsigned char value[70000];
  if (!strcmp(call, "init")) {
    AGAIN(rc, cmap_initialize_map(&place->handle, (cmap_map_t)number(2)));
    if (rc == CS_OK) place->kind = CMAP;
    printf("= %d\n", rc);
  } else if (!strcmp(call, "finalize")) {
    rc = cmap_finalize(handle);
    place->kind = NONE;
    printf("= %d\n", rc);
  } else if (!strcmp(call, "set")) { /* key, type, value, length */
    size_t length = bytes(4, value, sizeof value);
    if (count > 5) length = (size_t)number(5);
    AGAIN(rc, cmap_set(handle, key, value, length, (cmap_value_types_t)number(3)));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "get")) { /* key, room */
    size_t length = (size_t)number(3);
    cmap_value_types_t type = 0;
    AGAIN(rc, cmap_get(handle, key, number(3) ? value : NULL, &length, &type));
    printf("= %d", rc);
    if (rc == CS_OK) cmap_value(type, number(3) ? value : NULL, length);
    putchar('\n');
  } else if (!strcmp(call, "typed")) { /* key, type */
    unsigned char *got = value;
    char *string = NULL;
    size_t length = 0;
    memset(value, 0, 16);
    switch (number(3)) {
      case 1: rc = cmap_get_int8(handle, key, (void *)got), length = 1; break;
      case 2: rc = cmap_get_uint8(handle, key, (void *)got), length = 1; break;
      case 3: rc = cmap_get_int16(handle, key, (void *)got), length = 2; break;
      case 4: rc = cmap_get_uint16(handle, key, (void *)got), length = 2; break;
      case 5: rc = cmap_get_int32(handle, key, (void *)got), length = 4; break;
      case 6: rc = cmap_get_uint32(handle, key, (void *)got), length = 4; break;
      case 7: rc = cmap_get_int64(handle, key, (void *)got), length = 8; break;
      case 8: rc = cmap_get_uint64(handle, key, (void *)got), length = 8; break;
      case 9: rc = cmap_get_float(handle, key, (void *)got), length = 4; break;
      case 10: rc = cmap_get_double(handle, key, (void *)got), length = 8; break;
      default: rc = cmap_get_string(handle, key, &string);
    }
    printf("= %d ", rc);
    if (rc == CS_OK && string) hex(string, strlen(string));
    else if (rc == CS_OK) hex(got, length);
    putchar('\n');
    free(string);
  } else if (!strcmp(call, "delete")) {
    AGAIN(rc, cmap_delete(handle, key));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "inc")) {
    AGAIN(rc, cmap_inc(handle, key));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "dec")) {
    AGAIN(rc, cmap_dec(handle, key));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "iterate")) {
    AGAIN(rc, cmap_iter_init(handle, key, &place->iterator));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "next")) {
    char found[CMAP_KEYNAME_MAXLEN + 1];
    size_t length = 0;
    cmap_value_types_t type = 0;
    AGAIN(rc, cmap_iter_next(handle, place->iterator, found, &length, &type));
    printf("= %d", rc);
    if (rc == CS_OK) printf(" %s %d %zu", found, type, length);
    putchar('\n');
  } else if (!strcmp(call, "iterated")) {
    AGAIN(rc, cmap_iter_finalize(handle, place->iterator));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "track")) { /* key, flags, slot */
    int slot = (int)number(4) % PLACES;
    AGAIN(rc, cmap_track_add(handle, key, (int32_t)number(3), cmap_changed, (void *)(long)slot, &place->trackers[slot]));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "untrack")) {
    AGAIN(rc, cmap_track_delete(handle, place->trackers[number(2) % PLACES]));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "context")) {
    const void *context = NULL;
    rc = cmap_context_set(handle, (void *)number(2));
    cs_error_t got = cmap_context_get(handle, &context);
    printf("= %d %d %ld\n", rc, got, (long)context);
  } else printf("= unknown call\n");
}

/* Quorum and votes */

static void numbers(const char *what, uint32_t length, const uint32_t *list) {
  printf(" %s", what);
  for (uint32_t i = 0; i < length; i++) printf(" %u", list[i]);
}

static void quorum_told(quorum_handle_t handle, uint32_t quorate, uint64_t ring, uint32_t length, uint32_t *list) {
  (void)ring;
  printf("! %d quorum0 %u", place_of(QUORUM, handle), quorate);
  numbers("members", length, list);
  putchar('\n');
}

static void quorum_told1(quorum_handle_t handle, uint32_t quorate, struct quorum_ring_id ring, uint32_t length,
                         const uint32_t *list) {
  printf("! %d quorum1 %u by %u", place_of(QUORUM, handle), quorate, ring.nodeid);
  numbers("members", length, list);
  putchar('\n');
}

static void quorum_nodes(quorum_handle_t handle, struct quorum_ring_id ring, uint32_t members_count,
                         const uint32_t *members, uint32_t joined_count, const uint32_t *joined, uint32_t left_count,
                         const uint32_t *left) {
  printf("! %d nodes by %u", place_of(QUORUM, handle), ring.nodeid);
  numbers("members", members_count, members);
  numbers("joined", joined_count, joined);
  numbers("left", left_count, left);
  putchar('\n');
}

static void quorum_call(const char *call, struct place *place) {
  cs_error_t rc;
  quorum_handle_t handle = place->handle;
  if (!strcmp(call, "init")) { /* model, callbacks */
    uint32_t type = 9;
    long which = number(3);
    quorum_model_v0_data_t zero = {.quorum_notify_fn = which & 1 ? quorum_told : NULL};
    quorum_model_v1_data_t one = {.quorum_notify_fn = which & 1 ? quorum_told1 : NULL,
                                  .nodelist_notify_fn = which & 2 ? quorum_nodes : NULL};
    quorum_model_data_t *data = number(2) ? (quorum_model_data_t *)&one : (quorum_model_data_t *)&zero;
    AGAIN(rc, quorum_model_initialize(&place->handle, (quorum_model_t)number(2), data, &type, NULL));
    if (rc == CS_OK) place->kind = QUORUM;
    printf("= %d %u\n", rc, type);
  } else if (!strcmp(call, "finalize")) {
    rc = quorum_finalize(handle);
    place->kind = NONE;
    printf("= %d\n", rc);
  } else if (!strcmp(call, "quorate")) {
    int quorate = 9;
    AGAIN(rc, quorum_getquorate(handle, &quorate));
    printf("= %d %d\n", rc, quorate);
  } else if (!strcmp(call, "track")) {
    AGAIN(rc, quorum_trackstart(handle, (unsigned)number(2)));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "untrack")) {
    AGAIN(rc, quorum_trackstop(handle));
    printf("= %d\n", rc);
  } else printf("= unknown call\n");
}

static void votes_told(votequorum_handle_t handle, uint64_t context, uint32_t quorate, uint32_t length,
                       votequorum_node_t *list) {
  printf("! %d votes %lu %u", place_of(VOTES, handle), (unsigned long)context, quorate);
  for (uint32_t i = 0; i < length; i++) printf(" %u/%u", list[i].nodeid, list[i].state);
  putchar('\n');
}

static void votes_nodes(votequorum_handle_t handle, uint64_t context, votequorum_ring_id_t ring, uint32_t length,
                        uint32_t *list) {
  printf("! %d votenodes %lu by %u", place_of(VOTES, handle), (unsigned long)context, ring.nodeid);
  numbers("members", length, list);
  putchar('\n');
}

static void votes_expected(votequorum_handle_t handle, uint64_t context, uint32_t expected) {
  printf("! %d expected %lu %u\n", place_of(VOTES, handle), (unsigned long)context, expected);
}

static void votes_call(const char *call, struct place *place) {
  cs_error_t rc;
  votequorum_handle_t handle = place->handle;
  if (!strcmp(call, "init")) {
    long which = number(2);
    votequorum_callbacks_t callbacks = {which & 1 ? votes_told : NULL, which & 2 ? votes_expected : NULL,
                                        which & 4 ? votes_nodes : NULL};
    AGAIN(rc, votequorum_initialize(&place->handle, &callbacks));
    if (rc == CS_OK) place->kind = VOTES;
    printf("= %d\n", rc);
  } else if (!strcmp(call, "finalize")) {
    rc = votequorum_finalize(handle);
    place->kind = NONE;
    printf("= %d\n", rc);
  } else if (!strcmp(call, "info")) {
    struct votequorum_info info;
    memset(&info, 0, sizeof info);
    AGAIN(rc, votequorum_getinfo(handle, (unsigned)number(2), &info));
    printf("= %d", rc);
    if (rc == CS_OK)
      printf(" %u %u %u %u %u %u %u %u %u %.255s", info.node_id, info.node_state, info.node_votes, info.node_expected_votes,
             info.highest_expected, info.total_votes, info.quorum, info.flags, info.qdevice_votes, info.qdevice_name);
    putchar('\n');
  } else if (!strcmp(call, "expect")) {
    AGAIN(rc, votequorum_setexpected(handle, (unsigned)number(2)));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "votes")) {
    AGAIN(rc, votequorum_setvotes(handle, (unsigned)number(2), (unsigned)number(3)));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "track")) {
    AGAIN(rc, votequorum_trackstart(handle, (uint64_t)number(3), (unsigned)number(2)));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "untrack")) {
    AGAIN(rc, votequorum_trackstop(handle));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "register")) {
    AGAIN(rc, votequorum_qdevice_register(handle, text(2)));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "unregister")) {
    AGAIN(rc, votequorum_qdevice_unregister(handle, text(2)));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "update")) {
    AGAIN(rc, votequorum_qdevice_update(handle, text(2), text(3)));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "master")) {
    AGAIN(rc, votequorum_qdevice_master_wins(handle, text(2), (unsigned)number(3)));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "poll")) { /* a ring that is not there */
    votequorum_ring_id_t ring = {99, 4};
    AGAIN(rc, votequorum_qdevice_poll(handle, text(2), (unsigned)number(3), ring));
    printf("= %d\n", rc);
  } else printf("= unknown call\n");
}

/* Configuration and control */

static void cfg_asked(corosync_cfg_handle_t handle, corosync_cfg_shutdown_flags_t flags) {
  printf("! %d shutdown %d\n", place_of(CFG, handle), flags);
}

static void cfg_call(const char *call, struct place *place) {
  cs_error_t rc;
  corosync_cfg_handle_t handle = place->handle;
  if (!strcmp(call, "init")) {
    corosync_cfg_callbacks_t callbacks = {number(2) ? cfg_asked : NULL};
    AGAIN(rc, corosync_cfg_initialize(&place->handle, &callbacks));
    if (rc == CS_OK) place->kind = CFG;
    printf("= %d\n", rc);
  } else if (!strcmp(call, "finalize")) {
    rc = corosync_cfg_finalize(handle);
    place->kind = NONE;
    printf("= %d\n", rc);
  } else if (!strcmp(call, "rings")) {
    char **names, **states;
    unsigned length = 0;
    AGAIN(rc, corosync_cfg_ring_status_get(handle, &names, &states, &length));
    printf("= %d", rc);
    for (unsigned i = 0; rc == CS_OK && i < length; i++) printf(" %s|%s", names[i], states[i]);
    putchar('\n');
  } else if (!strcmp(call, "node")) { /* node id, version */
    struct corosync_cfg_node_status_v1 status;
    memset(&status, 0, sizeof status);
    AGAIN(rc, corosync_cfg_node_status_get(handle, (unsigned)number(2), (corosync_cfg_node_status_version_t)number(3), &status));
    printf("= %d", rc);
    if (rc == CS_OK) {
      printf(" v%d %u reach %u remote %u ext %u wire %u %u %u", status.version, status.nodeid, status.reachable, status.remote,
             status.external, status.onwire_min, status.onwire_max, status.onwire_ver);
      for (int i = 0; i < CFG_MAX_LINKS; i++) {
        struct corosync_knet_link_status_v1 *link = &status.link_status[i];
        printf(" %u,%u,%u,%u,%.255s,%.255s", link->enabled, link->connected, link->dynconnected, link->mtu, link->src_ipaddr,
               link->dst_ipaddr);
      }
    }
    putchar('\n');
  } else if (!strcmp(call, "addresses")) { /* node id, most */
    corosync_cfg_node_address_t list[8];
    int length = 0;
    memset(list, 0, sizeof list);
    AGAIN(rc, corosync_cfg_get_node_addrs(handle, (unsigned)number(2), (size_t)number(3), &length, list));
    printf("= %d %d", rc, rc == CS_OK ? length : 0);
    for (int i = 0; rc == CS_OK && i < length && i < number(3); i++) {
      printf(" %d ", list[i].address_length);
      hex(list[i].address, 16);
    }
    putchar('\n');
  } else if (!strcmp(call, "local")) {
    unsigned self = 0;
    AGAIN(rc, corosync_cfg_local_get(handle, &self));
    printf("= %d %u\n", rc, self);
  } else if (!strcmp(call, "track")) {
    AGAIN(rc, corosync_cfg_trackstart(handle, (uint8_t)number(2)));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "untrack")) {
    AGAIN(rc, corosync_cfg_trackstop(handle));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "reply")) {
    AGAIN(rc, corosync_cfg_replyto_shutdown(handle, (corosync_cfg_shutdown_reply_flags_t)number(2)));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "kill")) { /* of a node that is not there */
    AGAIN(rc, corosync_cfg_kill_node(handle, (unsigned)number(2), text(3)));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "reload")) {
    AGAIN(rc, corosync_cfg_reload_config(handle));
    printf("= %d\n", rc);
  } else if (!strcmp(call, "reopen")) {
    AGAIN(rc, corosync_cfg_reopen_log_files(handle));
    printf("= %d\n", rc);
  } else printf("= unknown call\n");
}

/* Callbacks */

static int fd_of(struct place *place) {
  int fd = -1;
  switch (place->kind) {
    case CPG: cpg_fd_get(place->handle, &fd); break;
    case CMAP: cmap_fd_get(place->handle, &fd); break;
    case QUORUM: quorum_fd_get(place->handle, &fd); break;
    case VOTES: votequorum_fd_get(place->handle, &fd); break;
    case CFG: corosync_cfg_fd_get(place->handle, &fd); break;
    default: break;
  }
  return fd;
}

static void dispatch(struct place *place) {
  cs_error_t rc = CS_OK;
  switch (place->kind) {
    case CPG: rc = cpg_dispatch(place->handle, CS_DISPATCH_ALL); break;
    case CMAP: rc = cmap_dispatch(place->handle, CS_DISPATCH_ALL); break;
    case QUORUM: rc = quorum_dispatch(place->handle, CS_DISPATCH_ALL); break;
    case VOTES: rc = votequorum_dispatch(place->handle, CS_DISPATCH_ALL); break;
    case CFG: rc = corosync_cfg_dispatch(place->handle, CS_DISPATCH_ALL); break;
    default: break;
  }
  if (rc != CS_OK && rc != CS_ERR_TRY_AGAIN) printf("! %d dispatch %d\n", (int)(place - places), rc);
}

/** Calls what has come, until nothing comes for some milliseconds, and up to a number of times. */
static void drain(int ms, int rounds) {
  while (rounds-- > 0) {
    struct pollfd fds[PLACES];
    int ready = 0;
    for (int i = 0; i < PLACES; i++) fds[i] = (struct pollfd){fd_of(&places[i]), POLLIN, 0};
    if (poll(fds, PLACES, ms) <= 0) return;
    for (int i = 0; i < PLACES; i++)
      if (fds[i].revents & POLLIN) dispatch(&places[i]), ready++;
    if (!ready) return;
  }
}

int main(void) {
  static char line[200000];
  setvbuf(stdout, NULL, _IOLBF, 1 << 16);
  cs_error_t opened;
  AGAIN(opened, cpg_open(&places[0].handle, 0, NULL));
  places[0].kind = CPG;
  struct cpg_name barrier = {.length = 9, .value = ",barrier,"};
  AGAIN(opened, cpg_join(places[0].handle, &barrier));
  printf("= %d %d\n", opened, (int)getpid());
  while (fgets(line, sizeof line, stdin)) {
    count = 0;
    for (char *word = strtok(line, " \n"); word && count < WORDS; word = strtok(NULL, " \n")) words[count++] = word;
    if (count == 0) continue;
    char *dot = strchr(words[0], '.');
    struct place *place = &places[number(1) % PLACES];
    if (!strcmp(words[0], "barrier")) {
      long value = number(1);
      struct iovec vector = {&value, sizeof value};
      cs_error_t rc;
      AGAIN(rc, cpg_mcast_joined(places[0].handle, CPG_TYPE_AGREED, &vector, 1));
      printf("= %d\n", rc);
    } else if (!strcmp(words[0], "await")) {
      while (barrier_seen < number(1) && cpg_dispatch(places[0].handle, CS_DISPATCH_ONE_NONBLOCKING) != CS_ERR_LIBRARY) {
        struct pollfd fd = {fd_of(&places[0]), POLLIN, 0};
        if (barrier_seen < number(1) && poll(&fd, 1, 20000) <= 0) break;
      }
      printf("= %ld\n", barrier_seen);
    } else if (!strcmp(words[0], "drain")) {
      drain((int)number(1), count > 2 ? (int)number(2) : 1000);
      printf("= drained\n");
    } else if (!dot) printf("= unknown call\n");
    else if (!strncmp(words[0], "cpg", 3)) cpg_call(dot + 1, place);
    else if (!strncmp(words[0], "cmap", 4)) cmap_call(dot + 1, place);
    else if (!strncmp(words[0], "quorum", 6)) quorum_call(dot + 1, place);
    else if (!strncmp(words[0], "votes", 5)) votes_call(dot + 1, place);
    else if (!strncmp(words[0], "cfg", 3)) cfg_call(dot + 1, place);
    else printf("= unknown call\n");
  }
  return 0;
}
