/** The entry of the bundle: every function registers while this file loads, as the Functions worker requires. */
import './pull';
import './continue';
import './backfill';
import './push';
import './deliver';
import './deliver-sweep';
import './sweep';
import './status';
import './stop';
