// Keeps a box at its newest line while its reader is there, and leaves it alone while they read back.

export class Follower {
  constructor(box, onChange = () => {}) {
    this.box = box;
    this.following = true;
    box.addEventListener("scroll", () => {
      const near = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
      if (near === this.following) return;
      this.following = near;
      onChange(near);
    }, { passive: true });
    new ResizeObserver(() => this.keepUp()).observe(box);
  }

  keepUp() {
    if (this.following) this.box.scrollTop = this.box.scrollHeight;
  }

  jump() {
    this.following = true;
    this.keepUp();
  }
}
