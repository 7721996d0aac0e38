module.exports = {
  import: ['tsx'],
  spec: ['spec-tests/**/*.test.ts', 'plugins/**/*.test.ts', 'examples/**/*.test.ts'],
  timeout: 20000,
  'forbid-only': true,
  // Where everything is installed (.ci/run), nothing may be skipped.
  'forbid-pending': process.env['CI'] === 'true',
};
