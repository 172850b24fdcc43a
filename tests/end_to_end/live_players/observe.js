// What a player shows: white flashes by the picture's own times, beeps by the playhead, cues.
const seen = { flashes: [], beeps: [], cues: [], shown: [], errors: [], ended: false, log: [] };
const video = document.getElementById("video");
const observe = () => {
  const canvas = document.createElement("canvas");
  canvas.width = 16; canvas.height = 9;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let bright = false;
  const look = (_, frame) => {
    context.drawImage(video, 0, 0, 16, 9);
    const pixels = context.getImageData(0, 0, 16, 9).data;
    let sum = 0;
    for (let at = 0; at < pixels.length; at += 4) sum += pixels[at];
    const now = sum / (16 * 9) > 200;
    if (now && !bright) seen.flashes.push(frame.mediaTime);
    bright = now;
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  const sound = new AudioContext();
  const analyser = sound.createAnalyser();
  analyser.fftSize = 256;
  const source = sound.createMediaElementSource(video);
  source.connect(analyser);
  analyser.connect(sound.destination);
  const samples = new Float32Array(analyser.fftSize);
  let loud = false;
  setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const now = Math.max(...samples.map(Math.abs)) > 0.1;
    if (now && !loud) seen.beeps.push(video.currentTime);
    loud = now;
  }, 5);
};
const show = text => {
  if (text && !seen.shown.some(each => each.text === text))
    seen.shown.push({ text, at: video.currentTime });
};
