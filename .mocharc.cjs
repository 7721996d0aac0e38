module.exports = {
  import: ['tsx'],
  spec: ['spec-tests/**/*.test.ts', 'plugins/**/*.test.ts', 'examples/**/*.test.ts'],
  // Ends what hangs; how long something takes is no test's business, a busy machine takes its time.
  timeout: 180000,
  'forbid-only': true,
  // Where everything is installed (.ci/run), nothing may be skipped.
  'forbid-pending': process.env['CI'] === 'true',
};
