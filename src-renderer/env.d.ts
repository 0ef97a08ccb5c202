/** What the preload script hands over; absent in a plain browser. */
interface Window {
  readonly espalierHost?: {
    /** Asks for a port to the service; it comes as a message 'espalier-service-port' of this window. */
    readonly connect: () => void;
  };
}
