// The release of etcd whose API and behaviour this is: clients and API servers turn features on and off by it.

export const etcdVersion = '3.6.14';
/** The cluster's version: the release without its patch. */
export const clusterVersion = '3.6.0';
/** Of the tables' format; what Snapshot messages carry. */
export const storageVersion = '3.6.0';
