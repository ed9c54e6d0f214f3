import { ToggleGroup } from 'radix-ui';
import { type ReactNode, useMemo, useState } from 'react';
import { formatFull } from '../ui/time.ts';
import { useRoomEvents } from './activity-provider.tsx';
import { describeEvent, EVENT_TOPICS, type EventTopic, TOPIC_WORDS } from './describe-event.ts';

/** More than anybody reads at once; the filter finds the rest. */
const MOST_SHOWN = 200;
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** Everything that happened, newest first, by topic and by words. */
export function EventList(): ReactNode {
  const events = useRoomEvents();
  const [topics, setTopics] = useState<readonly EventTopic[]>([]);
  const [words, setWords] = useState('');
  const all = useMemo(() => events.map((event) => ({ event, ...describeEvent(event) })).reverse(), [events]);
  const wanted = words.trim().toLocaleLowerCase();
  const found = all.filter(({ topic, title, detail }) => {
    const isTopic = topics.length === 0 || topics.includes(topic);
    return isTopic && (wanted === '' || `${title} ${detail}`.toLocaleLowerCase().includes(wanted));
  });
  return (
    <section className="events" aria-labelledby="activity-events">
      <h2 id="activity-events">Events</h2>
      <input
        className="input"
        type="search"
        aria-label="Filter events by words"
        placeholder="Filter by words"
        value={words}
        onChange={(event) => setWords(event.target.value)}
        data-testid="event-words"
      />
      <ToggleGroup.Root
        type="multiple"
        className="event-topics"
        aria-label="Show only"
        value={[...topics]}
        onValueChange={(value) => setTopics(value as EventTopic[])}
      >
        {EVENT_TOPICS.map((topic) => (
          <ToggleGroup.Item key={topic} value={topic} className="event-topic" data-testid={`event-topic-${topic}`}>
            {TOPIC_WORDS[topic]}
          </ToggleGroup.Item>
        ))}
      </ToggleGroup.Root>
      {found.length === 0 && <p className="activity-empty">Nothing of that kind has happened.</p>}
      <ol className="event-list" data-testid="events">
        {found.slice(0, MOST_SHOWN).map(({ event, topic, title, detail, isTrouble }) => (
          <li key={event.id} data-testid="event" data-topic={topic} data-trouble={isTrouble}>
            <time dateTime={new Date(event.ts).toISOString()} title={formatFull(event.ts)}>
              {clock.format(event.ts)}
            </time>
            <div>
              <strong>{title}</strong>
              {detail !== '' && <p>{detail}</p>}
            </div>
          </li>
        ))}
      </ol>
      {found.length > MOST_SHOWN && (
        <p className="activity-empty">{found.length - MOST_SHOWN} earlier ones are not shown.</p>
      )}
    </section>
  );
}
