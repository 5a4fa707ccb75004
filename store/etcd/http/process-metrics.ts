// What Prometheus's clients tell of every process, under their names.
import { readdirSync, readFileSync } from 'node:fs';
import { metric, type MetricFamily } from '../../metrics.js';

export function processMetrics(): readonly MetricFamily[] {
  const { user, system } = process.cpuUsage();
  const { rss } = process.memoryUsage();
  return [
    metric(
      'counter',
      'process_cpu_seconds_total',
      'Total user and system CPU time spent in seconds.',
      (user + system) / 1e6,
    ),
    metric('gauge', 'process_resident_memory_bytes', 'Resident memory size in bytes.', rss),
    metric(
      'gauge',
      'process_start_time_seconds',
      'Start time of the process since unix epoch in seconds.',
      performance.timeOrigin / 1000,
    ),
    ...linuxMetrics(),
  ];
}

/** Only Linux tells these in files. */
function linuxMetrics(): readonly MetricFamily[] {
  try {
    const openFiles = readdirSync('/proc/self/fd').length;
    const limits = readFileSync('/proc/self/limits', 'latin1');
    const maxFiles = Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Infinity);
    const pages = Number(readFileSync('/proc/self/statm', 'latin1').split(' ')[0]);
    return [
      metric('gauge', 'process_open_fds', 'Number of open file descriptors.', openFiles),
      metric('gauge', 'process_max_fds', 'Maximum number of open file descriptors.', maxFiles),
      metric('gauge', 'os_fd_used', 'The number of used file descriptors.', openFiles),
      metric('gauge', 'os_fd_limit', 'The file descriptor limit.', maxFiles),
      metric(
        'gauge',
        'process_virtual_memory_bytes',
        'Virtual memory size in bytes.',
        pages * pageBytes,
      ),
    ];
  } catch {
    return [];
  }
}

const pageBytes = 4096;
