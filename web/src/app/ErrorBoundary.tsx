import { Component, type ReactNode } from "react";
import { Crashed } from "./Crashed";

interface Props {
  /** A change of this, the address say, gives the content another try. */
  resetKey?: string;
  children: ReactNode;
}

/** Keeps what stands around it alive when a page throws. */
export class ErrorBoundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidUpdate(before: Props) {
    if (this.state.failed && before.resetKey !== this.props.resetKey) this.setState({ failed: false });
  }

  override render() {
    return this.state.failed ? <Crashed /> : this.props.children;
  }
}
