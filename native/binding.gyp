{
  'variables': {
    # `node-gyp rebuild -C native -- -Dsanitize=1` builds with ASan and UBSan (README.md).
    'sanitize%': 0,
  },
  'conditions': [
    ['OS=="linux" and (target_arch=="x64" or target_arch=="arm64")', {
      'targets': [{
        'target_name': 'chorale',
        'sources': [
          'src/address.cc',
          'src/arena.cc',
          'src/errors.cc',
          'src/fault_guard.cc',
          'src/interfaces.cc',
          'src/ipc_poller.cc',
          'src/ipc_socket.cc',
          'src/ipc_waiter.cc',
          'src/memory_lock.cc',
          'src/module.cc',
          'src/process.cc',
          'src/shared_memory.cc',
          'src/udp.cc',
          'src/udp_receive.cc',
          'src/udp_send.cc',
          'src/udp_socket.cc',
          'src/unix_address.cc',
        ],
        'include_dirs': ['<!(node -p "require(\'node-addon-api\').include_dir")'],
        # A thread that is being ended takes no exceptions: without the swallowing that would end the process.
        'defines': ['NAPI_VERSION=8', 'NAPI_CPP_EXCEPTIONS', 'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS', '_GNU_SOURCE'],
        'cflags': ['-Wall', '-Wextra', '-Werror', '-O2', '-fvisibility=hidden'],
        'cflags!': ['-fno-exceptions'],
        'cflags_cc': ['-std=c++17', '-fexceptions'],
        'cflags_cc!': ['-fno-exceptions', '-std=gnu++17', '-std=gnu++20'],
        'conditions': [
          ['sanitize==1', {
            'cflags': ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined', '-fno-omit-frame-pointer', '-g', '-O1'],
            'cflags!': ['-O2'],
            'ldflags': ['-fsanitize=address,undefined'],
          }],
        ],
      }],
    }, {
      'targets': [{
        'target_name': 'chorale',
        'type': 'none',
        'variables': {
          'refusal': '<!(node -e "console.error(\'Chorale runs on Linux x86-64 and arm64 only; there is no native driver for this platform.\'); process.exit(1)")',
        },
      }],
    }],
  ],
}
