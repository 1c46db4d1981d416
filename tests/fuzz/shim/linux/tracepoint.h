/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints that do nothing */
#ifndef SHIM_TRACEPOINT_H
#define SHIM_TRACEPOINT_H

#define TP_PROTO(...) __VA_ARGS__
#define TRACE_EVENT(name, proto, ...)          \
	static inline void trace_##name(proto) \
	{                                      \
	}
#define DECLARE_EVENT_CLASS(...)
#define TRACE_DEFINE_ENUM(value) struct trace_enum_##value
#define DEFINE_EVENT(template, name, proto, args) TRACE_EVENT(name, proto)

#endif /* SHIM_TRACEPOINT_H */
