// The picture of scene.node, drawn by Qt Quick.
import QtQuick
import QtQuick.Window

Window {
    x: 0; y: 0; width: 1366; height: 768
    visible: true
    flags: Qt.FramelessWindowHint
    color: Qt.rgba(32 / 255, 64 / 255, 96 / 255, 1)
    Rectangle { x: 101; y: 53; width: 401; height: 303; color: Qt.rgba(1, 128 / 255, 0, 1) }
    Rectangle { x: 333; y: 222; width: 801; height: 499; color: Qt.rgba(0, 192 / 255, 96 / 255, 1) }
}
