import { type ReactNode, useId } from 'react';
import type { DeviceChoice } from '../room/device-choice.ts';
import '../ui/field.css';

interface DeviceSelectProps {
  readonly label: string;
  readonly choice: DeviceChoice;
  readonly testId: string;
  /** Below or beside: how the device does. */
  readonly children?: ReactNode;
}

/** Chooses one device of a kind; names appear once access was granted. */
export function DeviceSelect({ label, choice, testId, children }: DeviceSelectProps): ReactNode {
  const id = useId();
  const { devices, deviceId, choose } = choice;
  // Before access is granted, browsers list devices without ids: there is nothing to choose by.
  const known = devices.filter((device) => device.deviceId !== '');
  return (
    <div className="device-select">
      <label htmlFor={id} className="field-label">
        {label}
      </label>
      <select
        id={id}
        className="input"
        value={deviceId}
        disabled={known.length === 0}
        onChange={(event) => choose(event.target.value)}
        data-testid={testId}
      >
        {!known.some((device) => device.deviceId === deviceId) && (
          <option value={deviceId}>Default of this device</option>
        )}
        {known.map((device) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || label}
          </option>
        ))}
      </select>
      {children}
    </div>
  );
}
