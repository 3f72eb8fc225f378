// The page in a frame of its own; the frame and the model tell each other which step it is.
export default {
  render({ model, el }) {
    const frame = document.createElement("iframe");
    frame.title = "back-propagation, step by step";
    frame.setAttribute("sandbox", "allow-scripts");
    frame.style.cssText = `width:100%;height:${model.get("height")}px;border:1px solid #8b949e;border-radius:10px`;
    let ours = false; // a change that came from the frame is not sent back to it, which by then may be further
    const send = () => { if (!ours) frame.contentWindow?.postMessage({ type: "goto", step: model.get("step") }, "*"); };
    const hear = (event) => {
      if (event.source !== frame.contentWindow) return;
      if (event.data?.type === "ready") send();
      if (event.data?.type !== "step" || !Number.isInteger(event.data.step) || event.data.step === model.get("step")) return;
      ours = true;
      model.set("step", event.data.step);
      model.save_changes();
      ours = false;
    };
    window.addEventListener("message", hear);
    model.on("change:step", send);
    frame.srcdoc = model.get("html");
    el.append(frame);
    return () => { window.removeEventListener("message", hear); model.off("change:step", send); };
  },
};
